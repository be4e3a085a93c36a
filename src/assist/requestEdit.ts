/** Asks a model to change lines, and reads its answer. */
import type { Localized } from '../base/l10n.ts';
import { type ChatResult, capability } from '../inference/index.ts';
import { type Answerer, answerEdit } from './answering.ts';
import type { EditResult } from './edit/index.ts';
import { buildEditMessages, type EditPrompt } from './editPrompt.ts';
import { editReader } from './editReader.ts';
import { PrefilledBlock } from './prefilledBlock.ts';

/** Number of lines before and after the changed ones that the model sees. */
const CONTEXT_LINES = 20;
/** Size of a model, below about a billion parameters, that copies lines around instead of changing those it should. */
const SMALL_BYTES = 600_000_000;
/** Lines before new ones that a small model goes on from. */
const SHOWN_LINES = 6;
/** Tokens of an answer beyond twice those of the old lines. */
const SPARE_TOKENS = 256;
/** The same for small models, which write nothing longer that is of use. */
const SMALL_SPARE_TOKENS = 64;
/** Tokens of new lines of a small model in an empty place. */
const SMALL_NEW_TOKENS = 256;

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
  /** Receives the new lines that are sure by now; the list grows, and begins again if the model is asked once more. */
  readonly onLines?: (lines: readonly string[]) => void;
  /** Receives each part that had to be left out of the prompt, for people. */
  readonly onDropped: (what: Localized) => void;
  /** Receives a sentence if the model does not see the images of the instruction. */
  readonly onUnseen?: (sentence: Localized) => void;
}

/** The result, and the answers: the last one is what it was read from. */
export interface RequestedEdit {
  readonly edit: EditResult;
  readonly answers: readonly [ChatResult, ...ChatResult[]];
}

/** A way to ask for the same lines. */
interface Form {
  /** Lines before and after that the model sees. */
  readonly seen: number;
  /** Lines before new ones that stand in the block that is opened for the model. */
  readonly shown: readonly string[];
  readonly start: string;
  readonly isShort: boolean;
  /** True if an answer that ends without closing the block is refused: behind a word of code, a sentence looks like code. */
  readonly mustClose: boolean;
}

/**
 * Asks for new lines. A small model whose answer is refused is asked once more in another form.
 * @returns undefined if it was cancelled.
 * @throws ModelError as `answer`.
 */
export async function requestEdit(
  task: EditTask,
  ready: Answerer,
  options: EditRequestOptions,
): Promise<RequestedEdit | undefined> {
  const isSmall = ready.sizeBytes !== undefined && ready.sizeBytes < SMALL_BYTES;
  const limitTokens = await limitOf(task.original, ready, isSmall, options);
  const limited = { ...options, limitTokens, ...saidOnce(options) };
  const [form, other] = isSmall ? smallForms(task) : [LARGE_FORM];
  const first = await askOnce(task, ready, form, isSmall, limited);
  if (first === undefined || first.edit.kind !== 'refused' || other === undefined) return first;
  const second = await askOnce(task, ready, other, isSmall, limited);
  return second && { edit: second.edit, answers: [...first.answers, ...second.answers] };
}

/** A model that is asked once more is asked about the same. */
function saidOnce({
  onDropped,
  onUnseen,
}: EditRequestOptions): Required<Pick<EditRequestOptions, 'onDropped' | 'onUnseen'>> {
  const said = new Set<Localized>();
  const once = (say: ((text: Localized) => void) | undefined) => (text: Localized) => {
    if (!said.has(text)) say?.(text);
    said.add(text);
  };
  return { onDropped: once(onDropped), onUnseen: once(onUnseen) };
}

/** Larger models understand which lines are meant among others. */
const LARGE_FORM: Form = { seen: CONTEXT_LINES, shown: [], start: '', isShort: false, mustClose: false };

/**
 * Small models copy what they see around the lines, so they see nothing of it. New lines need a place; old ones are one.
 * A model that wrote something else at first has more written for it: the first word of the lines, or the indentation.
 */
function smallForms({ original, before, after }: EditTask): [Form, Form] {
  const isNew = original.every((line) => line.trim() === '');
  const shown = isNew ? before.slice(-SHOWN_LINES) : [];
  const [start, further] = isNew
    ? ['', indentationAt(before, after)]
    : [indentationOf(original[0]), firstWordOf(original)];
  return [
    { seen: isNew ? CONTEXT_LINES : 0, shown, start, isShort: true, mustClose: false },
    { seen: 0, shown, start: further, isShort: false, mustClose: true },
  ];
}

async function askOnce(
  task: EditTask,
  ready: Answerer,
  { seen, shown, start, isShort, mustClose }: Form,
  isLoose: boolean,
  { signal, limitTokens, onLines, ...told }: EditRequestOptions,
): Promise<RequestedEdit | undefined> {
  const { createEditReader, REASONS, readEdit, goesOn } = await editReader();
  const { languageId, indentation, original, before, after, earlier } = task;
  const block = new PrefilledBlock(languageId, original, { start, shown, isLoose });
  const messages = buildEditMessages({
    ...task,
    lines: original,
    isShort,
    before: seen === 0 ? [] : before.slice(-seen),
    after: after.slice(0, seen),
  });
  const instruction = [...(earlier ?? []).map((turn) => turn.instruction), task.instruction].join('\n');
  const context = { languageId, indentation, complete: true, before, after, instruction, blockOpen: true };
  const reader = createEditReader(original, context);
  let judged = 0;
  let isSound = true;
  const isContinuation = (): boolean => {
    const { continued } = block;
    if (continued === undefined || continued.lines.length === judged) return isSound;
    judged = continued.lines.length;
    isSound &&= goesOn(continued, original, context);
    return isSound;
  };
  const closed = new AbortController();
  const onText = (text: string): void => {
    const preview = reader.push(block.push(text));
    onLines?.(isContinuation() ? preview.lines : []);
    // Whatever follows the block is about it.
    if (block.isClosed) closed.abort();
  };
  const result = await answerEdit(ready, [...messages, block.message], {
    signal: AbortSignal.any([signal, closed.signal]),
    limitTokens,
    copiedText: original.join('\n'),
    onText,
    ...told,
  });
  if (signal.aborted) return undefined;
  const complete = closed.signal.aborted || result.stopReason === 'end';
  const text = block.end(complete);
  const flaw = isContinuation() ? flawOf(block, complete, mustClose, REASONS) : REASONS.mixed();
  const edit: EditResult =
    flaw === undefined
      ? readEdit(text, original, { ...context, complete })
      : { kind: 'refused', reason: flaw };
  // Two fences behind the word hardly say that the lines should be removed.
  const isNothing = mustClose && start.trim() !== '' && edit.kind === 'lines' && edit.lines.length === 0;
  return { edit: isNothing ? { kind: 'refused', reason: REASONS.empty() } : edit, answers: [result] };
}

/** The reason to refuse an answer by how its block ended. */
function flawOf(
  block: PrefilledBlock,
  isComplete: boolean,
  mustClose: boolean,
  reasons: Awaited<ReturnType<typeof editReader>>['REASONS'],
): Localized | undefined {
  if (block.isUnclear) return isComplete ? reasons.fences() : reasons.cut();
  return mustClose && isComplete && !block.isClosed ? reasons.prose() : undefined;
}

/** Code takes about as much as the code before; new code in an empty place, as much as any answer. */
async function limitOf(
  original: readonly string[],
  { engine }: Answerer,
  isSmall: boolean,
  { signal, limitTokens }: EditRequestOptions,
): Promise<number> {
  const text = original.join('\n');
  if (text.trim() === '') return isSmall ? Math.min(limitTokens, SMALL_NEW_TOKENS) : limitTokens;
  return (
    2 * (await capability(engine, 'count')(text, signal)) + (isSmall ? SMALL_SPARE_TOKENS : SPARE_TOKENS)
  );
}

/**
 * The indentation of a line. A model that begins with it does not wrap the lines into a function or class of its own.
 */
function indentationOf(line = ''): string {
  return /^[ \t]*(?=\S)/.exec(line)?.[0] ?? '';
}

/** The first line up to the end of its first word, if there are more; its indentation otherwise. */
function firstWordOf([line = '']: readonly string[]): string {
  const words = /^[^\p{L}\p{M}\p{N}_]*[\p{L}\p{M}\p{N}_]+(?=[^\p{L}\p{M}\p{N}_].*[\p{L}\p{N}_])/u;
  return words.exec(line)?.[0] ?? indentationOf(line);
}

/** The indentation of new lines, which is that of the deeper neighbor. */
function indentationAt(before: readonly string[], after: readonly string[]): string {
  const hasText = (line: string): boolean => line.trim() !== '';
  const neighbors = [before.findLast(hasText), after.find(hasText)].map(indentationOf);
  return neighbors.reduce((deepest, indent) => (indent.length > deepest.length ? indent : deepest), '');
}
