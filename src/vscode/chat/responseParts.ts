/**
 * What a model says beside text, as parts of VS Code's language model API. Thoughts and usage work for every extension,
 * but the stable typings lack them: an editor that does not have them gets nothing.
 */
import * as vscode from 'vscode';
import type { AnswerEvent, Usage } from '../../inference/index.ts';

type Part = vscode.LanguageModelResponsePart;
type PartClass<Args extends readonly unknown[]> = new (...args: Args) => Part;

/** The media type by which VS Code knows the figures of its context ring. */
const USAGE = 'usage';

/** Returns the part for an event, or undefined if there is none. Text is reported by itself. */
export function responsePart(event: AnswerEvent): Part | undefined {
  if (event.type === 'toolCall') {
    const { id, name, arguments: input } = event.call;
    return new vscode.LanguageModelToolCallPart(id, name, input);
  }
  if (event.type === 'thought') return optional<[string]>('LanguageModelThinkingPart', event.text);
  return event.type === 'usage' ? usagePart(event.usage) : undefined;
}

function usagePart({ promptTokens, answerTokens }: Usage): Part | undefined {
  // VS Code needs all three.
  const figures = {
    prompt_tokens: promptTokens,
    completion_tokens: answerTokens,
    total_tokens: promptTokens + answerTokens,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(figures));
  return optional<[Uint8Array, string]>('LanguageModelDataPart', bytes, USAGE);
}

function optional<Args extends readonly unknown[]>(name: string, ...args: Args): Part | undefined {
  const Class = Reflect.get(vscode, name) as PartClass<Args> | undefined;
  return Class === undefined ? undefined : new Class(...args);
}
