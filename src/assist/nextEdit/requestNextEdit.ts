/** Asks a model for the next edit, and returns it if it is worth showing. */
import type { CompletionOptions, CompletionResult, InfillRequest } from '../../inference/index.ts';
import { type Edit, editBetween } from '../completion/context/index.ts';
import type { NextEditFormat } from './nextEditFormat.ts';
import type { EditedPlace } from './place.ts';
import { NEXT_EDIT_RULES } from './rules/index.ts';

/** Characters of a token at least, for the length of an answer, which has about as many tokens as its window. */
const LEAST_TOKEN_CHARACTERS = 2;
const SPARE_TOKENS = 128;

/** Asks a model to go on behind a prompt. */
export type AskForEdit = (
  request: InfillRequest,
  options: CompletionOptions,
) => Promise<Pick<CompletionResult, 'text' | 'stopReason'>>;

/**
 * Returns the next edit near a place, or undefined if there is none to show.
 * @param signal returns undefined when it is aborted. @throws ModelError as the engine.
 */
export async function requestNextEdit(
  ask: AskForEdit,
  format: NextEditFormat,
  place: EditedPlace,
  signal: AbortSignal,
): Promise<Edit | undefined> {
  const sent = withoutMarks(place, format.reserved);
  if (sent === undefined) return undefined;
  const window = format.window(sent);
  const lines = sent.lines.slice(window.start, window.end);
  const prompt = format.prompt(sent, window);
  const maxTokens = Math.ceil(lines.join('\n').length / LEAST_TOKEN_CHARACTERS) + SPARE_TOKENS;
  const request: InfillRequest = { prompt, purpose: 'edit', maxTokens, stop: format.stop };
  const { text, stopReason } = await ask(request, { signal });
  // An answer that was cut lacks lines that are still there.
  if (signal.aborted || stopReason === 'cancelled' || stopReason === 'length') return undefined;
  // Documents are shown to models with line feeds, and some models write what they have seen most.
  const written = format.read(text.replaceAll(/\r\n?/g, '\n'), lines);
  if (written?.some((line) => format.reserved.some((mark) => line.includes(mark)))) return undefined;
  const found = written && editBetween(place.path, lines, written);
  if (found === undefined) return undefined;
  const edit = { ...found, line: found.line + window.start };
  return NEXT_EDIT_RULES.every((rule) => rule.allows({ edit, window }, sent)) ? edit : undefined;
}

/** Leaves out other texts that have a mark in them; if the document itself has one, there is nothing to send. */
function withoutMarks(place: EditedPlace, reserved: readonly string[]): EditedPlace | undefined {
  const has = (texts: readonly string[]): boolean =>
    reserved.some((mark) => texts.some((text) => text.includes(mark)));
  if (has([place.path, ...place.lines, ...(place.last?.before ?? [])])) return undefined;
  return {
    ...place,
    files: place.files.filter(({ path, text }) => !has([path, text])),
    edits: place.edits.filter(({ path, removed, added }) => !has([path, ...removed, ...added])),
  };
}
