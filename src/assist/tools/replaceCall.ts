/** Writes a change of lines as a call of VS Code's tool that replaces a text, which must stand in the file just once. */
import { type InlinePlace, type InlineRequest, occurrences, REPLACE_TOOL } from './inlineEdit.ts';

/** The call, as the tool's schema has it. */
export interface ReplaceCall {
  readonly name: typeof REPLACE_TOOL;
  readonly arguments: {
    readonly filePath: string;
    readonly oldString: string;
    readonly newString: string;
  };
}

function isUnique(text: string, within: string): boolean {
  return text !== '' && occurrences(text, within, 2).length === 1;
}

/**
 * Writes the call. The old text is taken from the file, and has as many lines around as make it unique.
 * @param lines in the place of the old ones; none to delete them.
 */
export function replaceCall(
  { path, eol }: Pick<InlineRequest, 'path' | 'eol'>,
  place: InlinePlace,
  lines: readonly string[],
): ReplaceCall {
  const all = place.lines.join(eol);
  let { first, last } = place;
  const old = (): string => place.lines.slice(first, last + 1).join(eol);
  // Lines that are deleted take a line break with them, which only a line beside them has.
  let isShort = lines.length === 0;
  while ((isShort || !isUnique(old(), all)) && (first > 0 || last < place.lines.length - 1)) {
    if (last < place.lines.length - 1) last++;
    if (first > 0) first--;
    isShort = false;
  }
  const newString = [
    ...place.lines.slice(first, place.first),
    ...lines,
    ...place.lines.slice(place.last + 1, last + 1),
  ].join(eol);
  return { name: REPLACE_TOOL, arguments: { filePath: path, oldString: old(), newString } };
}
