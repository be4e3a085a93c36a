/** Asks a model to change several places and files, and reads its answer: all of it, or nothing. */
import type { Localized } from '../base/l10n.ts';
import { type ChatMessage, type ChatResult, capability } from '../inference/index.ts';
import { type Answerer, answerEdit } from './answering.ts';
import type { EditedFile, FileEditsResult } from './edit/index.ts';
import { editReader } from './editReader.ts';
import { fenced } from './fence.ts';

/** Tokens of an answer beyond those of the files. */
const SPARE_TOKENS = 512;

/** The required form of the answer. Text with marks, because code within JSON is worse code. */
const SYSTEM_PROMPT = [
  'You edit files. For each change, answer with the path of the file and a block of this form:',
  'path/of/file',
  '<<<<<<< SEARCH',
  'lines of the file, exactly as they are',
  '=======',
  'the lines in their place',
  '>>>>>>> REPLACE',
  'Leave the part between SEARCH and ======= empty to create a file. Answer with such blocks and nothing else.',
].join('\n');

/** Files and the instruction to change them. */
export interface FileEditsTask {
  readonly instruction: string;
  readonly files: readonly EditedFile[];
  /** The lines that the instruction is about, counted from 1 and both included. Defaults to all of the files. */
  readonly focus?: { readonly path: string; readonly first: number; readonly last: number } | undefined;
}

/** Options to follow and cancel the request. */
export interface FileEditsRequestOptions {
  readonly signal: AbortSignal;
  /** Receives the number of characters of the answer so far. */
  readonly onProgress?: ((characters: number) => void) | undefined;
  /** Receives each part that had to be left out of the prompt, for people. */
  readonly onDropped: (what: Localized) => void;
}

/** Builds the messages. Files come before the instruction, because models follow best what they read last. */
export function buildFileEditMessages({ instruction, files, focus }: FileEditsTask): ChatMessage[] {
  const blocks = files.map(({ path, lines, languageId = '' }) => `${path}:\n${fenced(lines, languageId)}`);
  const place =
    focus === undefined ? '' : `\nIt is about lines ${focus.first} to ${focus.last} of ${focus.path}.`;
  return [
    { role: 'system', content: SYSTEM_PROMPT },
    { role: 'user', content: [...blocks, `${instruction.trim()}${place}`].join('\n\n') },
  ];
}

/**
 * Asks for changes of files.
 * @returns undefined if it was cancelled.
 * @throws ModelError as `answer`; files are never shortened, because lines that the model has not seen cannot be found.
 */
export async function requestFileEdits(
  task: FileEditsTask,
  ready: Answerer,
  { signal, onProgress, onDropped }: FileEditsRequestOptions,
): Promise<{ readonly edits: FileEditsResult; readonly answer: ChatResult } | undefined> {
  const messages = buildFileEditMessages(task);
  const text = task.files.flatMap(({ lines }) => lines).join('\n');
  const tokens = await capability(ready.engine, 'count')(text, signal);
  let characters = 0;
  const result = await answerEdit(ready, messages, {
    signal,
    limitTokens: 2 * tokens + SPARE_TOKENS,
    isWhole: true,
    copiedText: text,
    onText: (piece) => {
      characters += piece.length;
      onProgress?.(characters);
    },
    onDropped,
  });
  if (signal.aborted) return undefined;
  const complete = result.stopReason === 'end';
  const { readFileEdits } = await editReader();
  return {
    edits: readFileEdits(result.text, task.files, { complete, instruction: task.instruction }),
    answer: result,
  };
}
