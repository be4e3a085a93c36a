/**
 * Characters that stand in place of those of code, as models learned them from pages and from prose: hard spaces, marks
 * that nobody sees, quotation marks and punctuation of other scripts, arrows for operators, backslashes of Markdown. What
 * can only be a space becomes one; the others are refused, because nobody could see what is wrong with such code.
 */
import { QUOTED } from '../code/comments.ts';
import type { Language } from '../code/languages.ts';
import { insides } from '../code/lexer.ts';
import { REASONS, refuse } from '../result.ts';
import type { Window } from '../window.ts';

const HARD_SPACE = /[\u00A0\u2007\u202F]/g;
/** Byte order marks, and joints of width zero that no letter needs. */
const UNSEEN = /[\uFEFF\u200B\u2060]/g;
const UNSEEN_START = /^[\s\uFEFF\u200B\u2060]+/;
/** Quotation marks of prose, full-width signs, and signs for operators. */
const OF_PROSE = /[“”„‟‘’‚«»（）［］｛｝＜＞＝＋，；：。！？、⇒⟹→←≠≤≥−]/;
/** Languages whose code may have signs for operators. */
const HAS_SIGNS = new Set(['julia', 'haskell', 'unknown', 'clojure', 'erlang', 'ocaml']);
/** A backslash before a sign that only Markdown needs one for, or a line break or a tab that was written as two signs. */
const ESCAPED = /\\[_*[\]<>nt]/;
/** Languages in which words have backslashes outside of strings. */
const HAS_BACKSLASHES = new Set([
  'shell',
  'perl',
  'ruby',
  'makefile',
  'clojure',
  'docker',
  'elixir',
  'php',
  'r',
  'haskell',
  'unknown',
  'erlang',
]);
const REGEX = /\/(?![/*])(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*/g;

/** Tells if a line may have such characters, so that it is not shown before all of the answer is read. */
export function hasOddCharacters(line: string): boolean {
  return /[\u00A0\u2007\u202F\uFEFF\u200B\u2060]/.test(line) || OF_PROSE.test(line) || ESCAPED.test(line);
}

function isOf(language: Language, names: ReadonlySet<string>): boolean {
  return language.names.some((name) => names.has(name));
}

/** The code of a line that begins outside of strings and comments, without those. */
function bareCode(line: string, language: Language): string {
  const code = language.hasRegex === true ? line.replace(REGEX, '') : line;
  const bare = code.replace(QUOTED, '');
  const marks = [...language.lineComments, ...language.spans.map(({ open }) => open)];
  // Text goes on behind a mark that nothing closes on the line.
  const ends = marks.map((mark) => bare.indexOf(mark)).filter((at) => at >= 0);
  return bare.slice(0, Math.min(bare.length, ...ends));
}

/** Tells for each line what of it is code; nothing is of other languages than those of programs. */
function codeOf(lines: readonly string[], { language }: Window): readonly string[] {
  if (language.kind !== 'code') return lines.map(() => '');
  const within = insides(lines, language);
  return lines.map((line, index) => (within[index] === undefined ? bareCode(line, language) : ''));
}

/**
 * Returns lines with the characters that code has.
 * @throws Refused if it is not clear which ones are meant.
 */
export function withCodeCharacters(lines: readonly string[], window: Window): readonly string[] {
  if (!lines.some(hasOddCharacters)) return lines;
  const seen = withoutUnseen(withSpaces(lines, window), window);
  const code = codeOf(seen, window).filter((line) => !window.knows(line));
  const { language } = window;
  const isForeign = (sign: string): boolean => !window.contains(sign);
  const signs = isOf(language, HAS_SIGNS)
    ? []
    : code.flatMap((line) => line.match(new RegExp(OF_PROSE, 'g')) ?? []);
  if (signs.some(isForeign)) refuse(REASONS.encoded());
  const isEscaped = !isOf(language, HAS_BACKSLASHES) && code.some((line) => ESCAPED.test(line));
  if (isEscaped && !window.lines.some((line) => ESCAPED.test(bareCode(line, language))))
    refuse(REASONS.encoded());
  return seen;
}

/** Hard spaces at the start of lines or in code are spaces; in text they are meant, unless all spaces are hard ones. */
function withSpaces(lines: readonly string[], window: Window): readonly string[] {
  const isOwn = window.lines.some((line) => line.search(HARD_SPACE) >= 0);
  if (isOwn || !lines.some((line) => line.search(HARD_SPACE) >= 0)) return lines;
  const isStart = lines.some((line) => /^[ \t]*[\u00A0\u2007\u202F]/.test(line));
  const isCode = codeOf(lines, window).some((line) => line.search(HARD_SPACE) >= 0);
  const isAll = !lines.some((line) => /\S \S/.test(line));
  return isStart || isCode || isAll ? lines.map((line) => line.replace(HARD_SPACE, ' ')) : lines;
}

/** Marks at the start of lines mean nothing; within code they would stay unseen. */
function withoutUnseen(lines: readonly string[], window: Window): readonly string[] {
  const isOwn = window.lines.some((line) => line.search(UNSEEN) >= 0);
  if (isOwn) return lines;
  const shown = lines.map((line) => {
    const start = UNSEEN_START.exec(line)?.[0] ?? '';
    return start.replace(UNSEEN, '') + line.slice(start.length).replace(/\uFEFF/g, '');
  });
  return codeOf(shown, window).some((line) => line.search(UNSEEN) >= 0) ? refuse(REASONS.encoded()) : shown;
}
