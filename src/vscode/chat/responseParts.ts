/**
 * Events of an answer beside its text, as parts of VS Code's language model API. Thoughts and usage work for every extension,
 * but the stable typings lack them: an editor that does not have them gets nothing.
 */
import * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';
import { markdownText } from '../../base/text.ts';
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
  if (event.type === 'thought') return thoughtPart(event.text);
  return event.type === 'usage' ? usagePart(event.usage) : undefined;
}

/**
 * Reports a sentence about the prompt as a thought. An editor without thoughts shows nothing: as text it would become a
 * part of the conversation, and models repeat it.
 */
export function sayAside(progress: vscode.Progress<Part>, sentence: Localized): void {
  const part = thoughtPart(`${markdownText(sentence)}\n`);
  if (part !== undefined) progress.report(part);
}

/** Returns the part for a thought, which VS Code folds away and never gives back to the model. */
function thoughtPart(text: string): Part | undefined {
  return optional<[string]>('LanguageModelThinkingPart', text);
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
