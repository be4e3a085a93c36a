/**
 * Answers for text that is written for people: Markdown has fences of its own, and any sentence may be what was asked
 * for. So the end of a block is found from the whole answer, and text without one must have something of the document.
 */

import { isForTerminal, isMarkdown, languageOf } from '../code/languages.ts';
import { isChat, isRefusal, likenessOf } from '../code/words.ts';
import { isFence, parseClosing, parseOpening } from '../fences.ts';
import { REASONS, refuse } from '../result.ts';
import { type Block, languageWord } from '../segments.ts';
import { isBlank, isTelling, type Window } from '../window.ts';
import { refuseProse } from './bare.ts';

const STRUCTURE = /^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\||>|---+\s*$|\\\w+|!\[|\[[^\]]+\]:)/;

/** The lines of a block, and the text behind it. */
interface Resolved {
  readonly lines: readonly string[];
  readonly rest: readonly string[];
}

/**
 * Finds the end of a block of Markdown, whose inner blocks have the same fences.
 * @throws Refused if it has several possible ends.
 */
export function resolvedBlock({ lines, inner }: Block, window: Window): Resolved {
  const ends: number[] = [];
  let isOpen = false;
  for (const { at, closing } of inner) {
    if (!isOpen && closing !== 'info') ends.push(at);
    if (closing === 'text') continue;
    if (isOpen && closing === 'info') continue;
    isOpen = !isOpen;
  }
  const split = (end: number): Resolved => ({ lines: lines.slice(0, end), rest: lines.slice(end + 1) });
  const [first] = ends;
  const last = ends.at(-1);
  if (first === undefined || last === undefined) {
    if (isOpen || lines.some((line) => isChat(line))) return refuse(REASONS.fences());
    return { lines, rest: [] };
  }
  // The only fence cannot open a block as well, which nothing would close.
  if (first === last) return split(first);
  const isLast = last === inner.at(-1)?.at;
  const between = lines.slice(first + 1, last);
  const isOwn =
    window.original.some(isFence) || between.some((line) => isTelling(line) && window.knows(line));
  if (isLast && isOwn) return split(last);
  const { rest } = split(first);
  if (!isOwn && rest.every((line) => isBlank(line) || isChat(line) || isFence(line))) return split(first);
  return refuse(REASONS.fences());
}

/**
 * Reads an answer for a document of text that has no block of its own language.
 * @param lines all of the answer, with its fences.
 * @returns the lines of code or text.
 */
export function textLines(lines: readonly string[], window: Window): readonly string[] {
  const text = withoutLoneFence(withoutChat(lines));
  const first = text[0];
  if (first === undefined) return refuseProse(lines);
  if (isRefusal(first) && !window.knows(first)) return refuseProse(text);
  const opening = parseOpening(first);
  if (opening !== undefined) {
    const inner = text.slice(1, -1);
    const isWhole =
      text.length > 1 &&
      parseClosing(text.at(-1) ?? '', opening) === 'bare' &&
      !inner.some((line) => parseClosing(line, opening) !== undefined);
    // The document's own block of code.
    if (isFence(window.original.find((line) => !isBlank(line)) ?? '')) return text;
    const word = languageWord(opening.info);
    if (isWhole && (word === '' || word === 'text' || word === 'plaintext' || word === 'txt')) return inner;
    if (isWhole && isCodeInText(inner, word, window)) return inner;
    return refuse(REASONS.fences());
  }
  const isOwn =
    text.some((line) => isTelling(line) && window.knows(line)) ||
    text.some((line) => STRUCTURE.test(line)) ||
    (!window.isInsertion && likenessOf(text, window.original) >= 0.4);
  if (!isOwn) return text.some(isFence) ? refuse(REASONS.fences()) : refuseProse(text);
  if (text.some(isFence) && !isMarkdown(window.language)) return refuse(REASONS.fences());
  return text;
}

/**
 * Tells if the only block of an answer is for a document of plain text, which has no blocks of its own: untitled documents
 * have code before anybody says in which language.
 */
function isCodeInText(inner: readonly string[], word: string, window: Window): boolean {
  if (isMarkdown(window.language)) return false;
  return window.isInsertion ? !isForTerminal(languageOf(word)) : likenessOf(inner, window.original) >= 0.4;
}

/** Removes a fence at the end that closes what the prompt opened. @throws Refused if fences are left over. */
function withoutLoneFence(lines: readonly string[]): readonly string[] {
  const fences = lines.filter((line) => parseOpening(line) !== undefined);
  let isOpen = false;
  for (const line of fences) isOpen = !isOpen || parseOpening(line)?.info !== '';
  if (!isOpen) return lines;
  const isLone = fences.length === 1 && parseOpening(lines.at(-1) ?? '')?.info === '';
  return isLone ? lines.slice(0, -1) : refuse(REASONS.fences());
}

/** Removes what a model says before and after the text, and empty lines. */
function withoutChat(lines: readonly string[]): readonly string[] {
  let from = 0;
  let to = lines.length;
  const skip = (): void => {
    while (from < to && isBlank(lines[from] ?? '')) from++;
    while (to > from && isBlank(lines[to - 1] ?? '')) to--;
  };
  skip();
  const head = lines[from] ?? '';
  if (to - from > 1 && isChat(head) && /[:!.]\W*$/.test(head) && !STRUCTURE.test(head)) from++;
  skip();
  const tail = lines[to - 1] ?? '';
  if (to - from > 1 && isBlank(lines[to - 2] ?? '') && isChat(tail) && !STRUCTURE.test(tail)) to--;
  skip();
  return lines.slice(from, to);
}
