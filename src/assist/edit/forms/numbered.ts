/** Lines with their numbers before them, as editors and some prompts show them: `12: code`, `12 | code`. */

import { insides } from '../code/lexer.ts';
import { wordsShared } from '../code/words.ts';
import { documentUnit } from '../levels.ts';
import { REASONS, refuse } from '../result.ts';
import { isTelling, type Window } from '../window.ts';

const NUMBER = /^[ \t]*(?:[Ll]?|\[)(\d{1,6})(?:: ?|[ \t]*[|│┃→](?!\|)|\t|\.[ \t]|\)[ \t]|\][ \t])(.*)$/;
const BARE = /^[ \t]*(?:[Ll]?|\[)(\d{1,6})\]?[ \t]*[:|│┃→.)]?[ \t]*$/;
const LIST = /^\s*(?:\d+[.)](?:\s|$)|$)/;
const STRONG = /^[ \t]*\d{1,6}[ \t]*[|│┃→](?!\|)/;

/** Tells if a line may begin with its number. */
export function mayBeNumbered(line: string): boolean {
  return NUMBER.test(line) || BARE.test(line);
}

/** The texts behind consecutive numbers. Undefined if a line has none. */
function numbersOf(lines: readonly string[], window: Window): readonly string[] | undefined {
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
  if (next === undefined) return undefined;
  return lines.some((line) => STRONG.test(line)) ? withoutGap(texts, window) : texts;
}

/**
 * Removes the space between a bar and the text. Without one, the text begins right behind the bar.
 * @throws Refused if it cannot be told from indentation.
 */
function withoutGap(texts: readonly string[], window: Window): readonly string[] {
  const own = texts.filter((text) => text.trim() !== '');
  if (own.some((text) => !text.startsWith(' '))) return texts;
  const unit = documentUnit(window);
  // Indentation is tabs, so a space is none.
  const width = unit.startsWith(' ') ? unit.length : 1;
  const fits = (gap: number): boolean =>
    own.every((text) => ((/^ */.exec(text)?.[0].length ?? 0) - gap) % width === 0);
  if (width === 1 || fits(1)) return texts.map((text) => text.replace(/^ /, ''));
  return fits(0) ? texts : refuse(REASONS.numbered());
}

/**
 * Removes the numbers, if all lines have one and the document's have none.
 * @throws Refused if the numbers may as well be part of the text.
 */
export function withoutNumbers(lines: readonly string[], window: Window): readonly string[] {
  const texts = numbersOf(lines, window);
  if (texts === undefined) {
    // Numbers before some of the document's lines.
    const isNumbered = (line: string): boolean => {
      const text = NUMBER.exec(line)?.[2] ?? '';
      return isTelling(text) && window.knows(text) && !window.knows(line);
    };
    const isCode = window.language.kind === 'code' && !window.lines.some((line) => STRONG.test(line));
    const within = isCode && lines.some((line) => STRONG.test(line)) ? insides(lines, window.language) : [];
    const hasSome = lines.some(
      (line, index) => within.length > 0 && within[index] === undefined && STRONG.test(line),
    );
    return hasSome || lines.some(isNumbered) ? refuse(REASONS.numbered()) : lines;
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
