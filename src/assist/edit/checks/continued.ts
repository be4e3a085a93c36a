/**
 * Tells if an answer goes on with a line whose beginning was written for the model. Many begin the line again, or talk
 * about it; behind a word of code, both look like code.
 */
import type { Language } from '../code/languages.ts';
import { balanceOf, Lexer } from '../code/lexer.ts';
import { isCommentLine, kindOf } from '../code/words.ts';
import { endsOpen } from '../levels.ts';
import { type EditContext, indentOf, isBlank, isFilled, Window } from '../window.ts';

/** The beginning of the first line, and the lines of the answer behind it, of which the first is the rest of that line. */
export interface Continued {
  readonly start: string;
  /** True if an indentation was written for the lines, and they have another one. */
  readonly isOwn: boolean;
  readonly lines: readonly string[];
}

const WORD = /^[\p{L}\p{M}\p{N}_]+/u;
const LAST_WORD = /[\p{L}\p{M}\p{N}_]+$/u;
/** Keywords that open a statement, and those that open one of their own behind them. */
const STATEMENT = /^(?:return|const|let|var|def|throw|raise|function)$/;
const OTHER_STATEMENT = /^(?:const|let|var|def|import|return|throw|raise)\b/;
/** Marks of blocks and changes, which stand at the beginning of a line. */
const MARK = /^(?:`{3}|~{3}|<{5,}|={5,}|>{5,}|@@|---|\+\+\+|\*\*\* )/;
/** Words, and those among them that say something to somebody. */
const WORDS = /^[\p{L}\p{M}\p{N}\s'’,`-]+[.!?]?$/u;
const TELLING = /(?:^|\s)(?:the|your?|its|we|our|these|those)\s/i;

/** Tells if lines go on with the beginning that was written for them, so that both together are what the model means. */
export function goesOn(
  { start, isOwn, lines }: Continued,
  original: readonly string[],
  context: EditContext,
): boolean {
  if (start === '' && !isOwn) return true;
  const window = new Window(original, context);
  if (isOwn) return isPlaced(lines, window);
  if (isBlank(start)) return isIndentedOn(start, lines, window);
  const text = (lines[0] ?? '').trimEnd();
  const old = window.original[0]?.startsWith(start) === true ? window.original[0].slice(start.length) : '';
  const rest = text.trimStart();
  if (rest === '' || MARK.test(rest)) return false;
  const gap = indentOf(text);
  if (gap !== '' && gap !== ' ' && gap !== indentOf(old)) return false;
  if (isBegunAgain(start, rest) && !isBegunAgain(start, old.trimStart())) return false;
  if (gap === '' && isOtherWord(start, rest, window)) return false;
  return !isBroken(start, text, old, window.language) && !isTalk(start, text, old, window);
}

/** Tells if a line begins with what was written before it, or with the word at its end. */
function isBegunAgain(start: string, rest: string): boolean {
  const begins = [start.trim(), LAST_WORD.exec(start)?.[0] ?? ''];
  return begins.some(
    (begin) => begin !== '' && rest.startsWith(begin) && !WORD.test(rest.slice(begin.length)),
  );
}

/** Tells if letters behind a word make another one of it, of which nobody spoke. */
function isOtherWord(start: string, rest: string, { lines, instruction }: Window): boolean {
  const more = WORD.exec(rest)?.[0];
  if (more === undefined) return false;
  const joined = `${LAST_WORD.exec(start)?.[0] ?? ''}${more}`;
  const words = (text: string): readonly string[] => text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  return ![instruction, ...lines].some((text) => words(text).includes(joined));
}

/** Tells if a key lost its value, a tag its end, or a statement is another one's beginning. */
function isBroken(start: string, text: string, old: string, { kind }: Language): boolean {
  const key = /^[\w.-]*["']?\s*[:=]/;
  if (kind === 'data' && key.test(old) && !key.test(text)) return true;
  if (/<\/?[\w:.-]+$/.test(start) && /^[^<>]*(?:<|[.!?]$)/.test(text)) return true;
  return (
    kind === 'code' &&
    STATEMENT.test(LAST_WORD.exec(start)?.[0] ?? '') &&
    text.startsWith(' ') &&
    OTHER_STATEMENT.test(text.trim())
  );
}

/** Tells if the rest of a line of code says something to the user. */
function isTalk(start: string, text: string, old: string, { before, language }: Window): boolean {
  if (language.kind !== 'code' || isCommentLine(start, language) || /["'`]/.test(start)) return false;
  if (balanceOf(before, language).inside !== undefined || kindOf(old.trim(), language) === 'prose')
    return false;
  const rest = text.trim();
  // A line that opens a block looks like an introduction: `except TypeError as error:`.
  if (kindOf(rest, language) === 'prose' && !rest.endsWith(':')) return true;
  if (!WORDS.test(rest) || (rest.match(/\s+/g)?.length ?? 0) < 2) return false;
  const isClosed = (line: string): boolean => /[.!?]$/.test(line);
  return (isClosed(rest) && !isClosed(old.trim())) || (TELLING.test(rest) && !TELLING.test(old));
}

/** Tells if new entries of a list or a map have an indentation, without which they would belong to another one. */
function isPlaced(lines: readonly string[], { isInsertion, language }: Window): boolean {
  if (!isInsertion || language.isOffside !== true || language.kind !== 'data') return true;
  return indentOf(lines.find(isFilled) ?? ' ') !== '';
}

/**
 * Tells if the lines below an indentation that was written for the model stand where they would without it. Those that a
 * model writes from the margin do not, and where indentation has a meaning, they mean something else.
 */
function isIndentedOn(start: string, lines: readonly string[], { original, language }: Window): boolean {
  if (language.isOffside !== true || language.kind === 'prose') return true;
  const [first = '', ...more] = lines.filter(isFilled);
  const lexer = new Lexer(language);
  lexer.take(first);
  const next = more[0];
  if (next === undefined || lexer.inside !== undefined) return true;
  const least = indentOf(`${start}${first}`).length;
  if (original.some((line) => isFilled(line) && indentOf(line).length < least)) return true;
  return indentOf(next).length >= least + (endsOpen(first) ? 1 : 0);
}
