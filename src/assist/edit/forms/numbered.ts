/** Lines with their numbers before them, as editors and some prompts show them: `12: code`, `12 | code`. */
import { REASONS, refuse } from '../result.ts';
import { isTelling, type Window } from '../window.ts';
import { wordsShared } from '../words.ts';

const NUMBER = /^[ \t]*[Ll]?(\d{1,6})(?:: ?|[ \t]*[|│┃→][ \t]?|\t|\.[ \t]|\)[ \t])(.*)$/;
const BARE = /^[ \t]*[Ll]?(\d{1,6})[ \t]*[:|│┃→.)]?[ \t]*$/;
const LIST = /^\s*(?:\d+[.)](?:\s|$)|$)/;
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

/**
 * Removes the numbers, if all lines have one and the document's have none.
 * @throws Refused if the numbers may as well be part of the text.
 */
export function withoutNumbers(lines: readonly string[], window: Window): readonly string[] {
  const texts = numbersOf(lines);
  if (texts === undefined) {
    // Numbers before some of the document's lines.
    const isNumbered = (line: string): boolean => {
      const text = NUMBER.exec(line)?.[2] ?? '';
      return isTelling(text) && window.knows(text) && !window.knows(line);
    };
    return lines.some(isNumbered) ? refuse(REASONS.numbered()) : lines;
  }
  const around = window.lines.filter((line) => line.trim() !== '');
  if (
    around.some((line) => NUMBER.test(line)) &&
    !around.some((line) => texts.includes(line) && isTelling(line))
  )
    return lines;
  const isPlace =
    Number(/\d+/.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0]) === window.before.length + 1;
  const isEvident =
    (isPlace && window.language.kind === 'code') ||
    texts.some((text) => /^\s*(?:[)\]}]+[;,]?|end)\s*$/.test(text)) ||
    lines.some((line) => STRONG.test(line)) ||
    texts.some((text) => isTelling(text) && window.knows(text)) ||
    texts.some((text) => window.original.some((line) => isTelling(line) && wordsShared(line, text) > 0.6));
  if (!isEvident) {
    // Text for people has numbered lists.
    if (window.language.kind === 'prose' && lines.every((line) => LIST.test(line))) return lines;
    refuse(REASONS.numbered());
  }
  return texts;
}
