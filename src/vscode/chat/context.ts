/** The conversation so far, exactly as it was sent: then the prompt begins as the last one, and its state is used. */
import * as vscode from 'vscode';
import { type TextReference, userMessage } from '../../assist/index.ts';
import { t } from '../../base/l10n.ts';
import type { ChatMessage } from '../../inference/index.ts';
import { property } from '../commands/property.ts';
import type { EarlierImages } from './gather/images.ts';

/** The facts of a turn that VS Code keeps as JSON, together with the conversation. */
export interface TurnMetadata {
  /** The id of the model that answered. */
  readonly model?: string;
  readonly stopReason?: string;
  /** The user's message with all attachments as the model read it. */
  readonly asked?: string;
  /** SHA-256 digests of the images that the model got with it: the bytes stay with the question's attachments. */
  readonly images?: readonly string[];
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
  const images = property(metadata, 'images');
  return {
    ...known,
    ...(Array.isArray(images) ? { images: images.filter((one) => typeof one === 'string') } : {}),
    ...(property(metadata, 'continues') === true ? { continues: true } : {}),
  };
}

/** Returns the earlier turns of the conversation with this participant. */
export async function readHistory(
  context: Pick<vscode.ChatContext, 'history'>,
  earlier: EarlierImages,
): Promise<ChatMessage[]> {
  const messages: ChatMessage[] = [];
  const withImages: [index: number, vscode.ChatRequestTurn, digests: readonly string[]][] = [];
  let question: vscode.ChatRequestTurn | undefined;
  for (const turn of context.history) {
    if (turn instanceof vscode.ChatRequestTurn) question = turn;
    else {
      const now = answered(messages, question, turn);
      const { images: digests = [] } = metadataOf(turn.result);
      if (now.length > 0 && question !== undefined && digests.length > 0)
        withImages.push([messages.length, question, digests]);
      messages.push(...now);
    }
  }
  for (const [index, { references = [] }, digests] of withImages.reverse()) {
    const images = await earlier.of(references, digests);
    const asked = messages[index];
    if (asked?.role === 'user' && images.length > 0) messages[index] = { ...asked, images };
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
