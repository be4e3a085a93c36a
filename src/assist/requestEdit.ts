/** Asks a model to change lines, and reads its answer. */
import type { Localized } from '../base/l10n.ts';
import { type ChatResult, capability } from '../inference/index.ts';
import { type Answerer, answerEdit } from './answering.ts';
import { createEditReader, type EditResult, readEdit } from './edit/index.ts';
import { buildEditMessages, type EditPrompt } from './editPrompt.ts';
import { PrefilledBlock } from './prefilledBlock.ts';

/** Number of lines before and after the changed ones that the model sees. */
const CONTEXT_LINES = 20;
/** Size of a model, below about a billion parameters, that copies lines around instead of changing those it should. */
const SMALL_BYTES = 600_000_000;
/** Lines before new ones that a small model goes on from. */
const SHOWN_LINES = 6;
/** Tokens of an answer beyond twice those of the old lines. */
const SPARE_TOKENS = 256;

/**
 * Lines of a file and the instruction to change them. Models answer with whole files, so the answer is compared with
 * more of the lines before and after than a prompt has.
 */
export interface EditTask extends Omit<EditPrompt, 'lines' | 'isShort'> {
  /** One level of the file's indentation: a tab, or some spaces. */
  readonly indentation: string;
  /** The lines to change. */
  readonly original: readonly string[];
}

/** Options to follow and cancel the request. */
export interface EditRequestOptions {
  readonly signal: AbortSignal;
  /** Longest answer in tokens if there are no lines yet. */
  readonly limitTokens: number;
  /** Receives the new lines that are sure by now; the list grows. */
  readonly onLines?: (lines: readonly string[]) => void;
  /** Receives each part that had to be left out of the prompt, for people. */
  readonly onDropped: (what: Localized) => void;
}

/** The result, and the answer that it was read from. */
export interface RequestedEdit {
  readonly edit: EditResult;
  readonly answer: ChatResult;
}

/**
 * Asks for new lines.
 * @returns undefined if it was cancelled.
 * @throws ModelError as `answer`.
 */
export async function requestEdit(
  task: EditTask,
  ready: Answerer,
  { signal, limitTokens, onLines, onDropped }: EditRequestOptions,
): Promise<RequestedEdit | undefined> {
  const { languageId, indentation, original, before, after, earlier } = task;
  const isSmall = ready.sizeBytes !== undefined && ready.sizeBytes < SMALL_BYTES;
  // New lines need a place; old ones are one.
  const isNew = original.every((line) => line.trim() === '');
  const seen = isSmall && !isNew ? 0 : CONTEXT_LINES;
  const block = new PrefilledBlock(
    languageId,
    original,
    isSmall ? startOf(original) : '',
    isSmall && isNew ? before.slice(-SHOWN_LINES) : [],
  );
  const messages = buildEditMessages({
    ...task,
    lines: original,
    isShort: isSmall,
    before: seen === 0 ? [] : before.slice(-seen),
    after: after.slice(0, seen),
  });
  const instruction = [...(earlier ?? []).map((turn) => turn.instruction), task.instruction].join('\n');
  const context = { languageId, indentation, complete: true, before, after, instruction };
  const reader = createEditReader(original, context);
  const closed = new AbortController();
  const onText = (text: string): void => {
    const preview = reader.push(block.push(text));
    onLines?.(preview.lines);
    // Whatever follows the block is about it. In Markdown a fence may belong to the text.
    if (block.isClosed && languageId !== 'markdown') closed.abort();
  };
  const result = await answerEdit(ready, [...messages, block.message], {
    signal: AbortSignal.any([signal, closed.signal]),
    limitTokens: await limitOf(original, ready, signal, limitTokens),
    copiedText: original.join('\n'),
    onText,
    onDropped,
  });
  if (signal.aborted) return undefined;
  const complete = closed.signal.aborted || result.stopReason === 'end';
  return { edit: readEdit(block.end(complete), original, { ...context, complete }), answer: result };
}

/** Code takes about as much as the code before; new code in an empty place, as much as any answer. */
async function limitOf(
  original: readonly string[],
  { engine }: Answerer,
  signal: AbortSignal,
  limitTokens: number,
): Promise<number> {
  const text = original.join('\n');
  if (text.trim() === '') return limitTokens;
  return 2 * (await capability(engine, 'count')(text, signal)) + SPARE_TOKENS;
}

/**
 * The indentation of the first line. A model that begins with it does not wrap the lines into a function or class of its
 * own. The last space is the model's, because most vocabularies have it in front of words.
 */
function startOf(lines: readonly string[]): string {
  const indent = /^[ \t]*(?=\S)/.exec(lines[0] ?? '')?.[0] ?? '';
  return indent.replace(/ $/, '');
}
