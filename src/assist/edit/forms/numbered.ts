/** Lines with their numbers before them, as editors and some prompts show them: `12: code`, `12 | code`. */
import { REASONS, refuse } from '../result.ts';
import { isTelling, keyOf, type Window } from '../window.ts';

const NUMBER = /^[ \t]*[Ll]?(\d{1,6})(?:: ?|[ \t]*[|│┃→][ \t]?|\t|\.[ \t]|\)[ \t])(.*)$/;
const BARE = /^[ \t]*[Ll]?(\d{1,6})[ \t]*[:|│┃→.)]?[ \t]*$/;
const STRONG = /^[ \t]*\d{1,6}[ \t]*[|│┃→]/;

/** Tells if a line may begin with its number. */
export function mayBeNumbered(line: string): boolean {
  return NUMBER.test(line) || BARE.test(line);
}

function numbersOf(lines: readonly string[]): readonly string[] | undefined {
  let next: number | undefined;
  const texts: string[] = [];
  for (const line of lines) {
    const [, number, text] = NUMBER.exec(line) ?? [];
    const bare = number === undefined ? BARE.exec(line)?.[1] : undefined;
    const value = number ?? bare;
    if (value === undefined) {
      if (line.trim() !== '') return undefined;
      texts.push('');
      continue;
    }
    if (next !== undefined && Number(value) !== next) return undefined;
    next = Number(value) + 1;
    texts.push(text ?? '');
  }
  return next === undefined ? undefined : texts;
}

/** Words and signs that two lines share, of all that the first has. */
function likeness(one: string, other: string): number {
  const wordsOf = (line: string): string[] => line.match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
  const words = wordsOf(one);
  const others = new Set(wordsOf(other));
  return words.length === 0 ? 0 : words.filter((word) => others.has(word)).length / words.length;
}

/**
 * Removes the numbers, if all lines have one and the document's have none.
 * @throws Refused if the numbers may as well be part of the text.
 */
export function withoutNumbers(lines: readonly string[], window: Window): readonly string[] {
  const texts = numbersOf(lines);
  if (texts === undefined) return lines;
  const around = window.lines.filter((line) => line.trim() !== '');
  if (
    around.some((line) => NUMBER.test(line)) &&
    !around.some((line) => texts.includes(line) && isTelling(line))
  )
    return lines;
  const isEvident =
    lines.some((line) => STRONG.test(line)) ||
    texts.some((text) => isTelling(text) && window.knows(text)) ||
    texts.some((text) => window.original.some((line) => isTelling(line) && likeness(line, text) > 0.6));
  if (!isEvident) {
    // Text for people has numbered lists.
    if (window.language.kind === 'prose') return lines;
    refuse(REASONS.numbered());
  }
  return texts;
}

/** Words that two texts share, of all that the first has; 0 to 1. */
export function sharedWords(one: readonly string[], other: readonly string[]): number {
  return likeness(one.map(keyOf).join('\n'), other.join('\n'));
}
