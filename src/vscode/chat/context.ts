/** The conversation so far, exactly as it was sent: then the prompt begins as the last one, and its state is used. */
import * as vscode from 'vscode';
import { type TextReference, userMessage } from '../../assist/index.ts';
import { t } from '../../base/l10n.ts';
import type { ChatMessage } from '../../inference/index.ts';
import { property } from '../commands/property.ts';

/** The facts of a turn that VS Code keeps as JSON, together with the conversation. */
export interface TurnMetadata {
  /** The id of the model that answered. */
  readonly model?: string;
  readonly stopReason?: string;
  /** The user's message with all attachments as the model read it. */
  readonly asked?: string;
  /** The answer as the model wrote it, without remarks of ours. */
  readonly answer?: string;
  /** True if the answer goes on with the one before. */
  readonly continues?: boolean;
  /** The name of the command that the model answered. */
  readonly command?: string;
  /** The name of a command that did something instead of asking a model. */
  readonly acted?: string;
}

/** Reads the metadata of a turn, which earlier versions of this extension may have written. */
export function metadataOf(result: unknown): TurnMetadata {
  const metadata = property(result, 'metadata');
  const text = (key: string): string | undefined => {
    const value = property(metadata, key);
    return typeof value === 'string' ? value : undefined;
  };
  const entries = (['model', 'stopReason', 'asked', 'answer', 'command', 'acted'] as const).map((key) => [
    key,
    text(key),
  ]);
  const known = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as TurnMetadata;
  return property(metadata, 'continues') === true ? { ...known, continues: true } : known;
}

/** Returns the earlier turns of the conversation with this participant. */
export function historyMessages(context: vscode.ChatContext): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let question: vscode.ChatRequestTurn | undefined;
  for (const turn of context.history) {
    if (turn instanceof vscode.ChatRequestTurn) question = turn;
    else messages.push(...answered(messages, question, turn));
  }
  return messages;
}

/** Returns the messages of a turn, and continues the last of `messages` if it went on with that one. */
function answered(
  messages: ChatMessage[],
  question: vscode.ChatRequestTurn | undefined,
  turn: vscode.ChatResponseTurn,
): ChatMessage[] {
  const { asked, answer, continues, acted } = metadataOf(turn.result);
  const content = answer ?? writtenText(turn);
  // A failed turn has no text, and a question without an answer confuses small models.
  if (acted !== undefined || content === '' || question === undefined) return [];
  const last = messages.at(-1);
  if (continues && last?.role === 'assistant') {
    messages[messages.length - 1] = { ...last, content: last.content + content };
    return [];
  }
  const text = asked ?? userMessage(question.prompt, attachedTexts(question));
  return [
    { role: 'user', content: text },
    { role: 'assistant', content },
  ];
}

function writtenText({ response }: vscode.ChatResponseTurn): string {
  return response
    .map((part) => (part instanceof vscode.ChatResponseMarkdownPart ? part.value.value : ''))
    .join('');
}

/** The texts that were attached to a question of which no more is known. Files may have changed since. */
function attachedTexts({ references = [] }: vscode.ChatRequestTurn): TextReference[] {
  return references.flatMap(({ value }) =>
    typeof value === 'string' ? [{ label: t('attached text'), text: value }] : [],
  );
}
