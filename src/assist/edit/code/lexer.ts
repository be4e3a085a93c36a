/**
 * Follows strings, comments and brackets from line to line, as far as reading an answer needs it: lines that begin
 * within a string are never indented anew, a fence within a string is none, and brackets tell where an edit ends.
 * It is no parser: text that it misreads makes the reader more careful, not bolder.
 */
import { escaped } from '../../../inference/format/index.ts';
import type { Language, Span } from './languages.ts';

/** Characters of a line beyond which it is not looked into. */
const MAX_LINE = 4_000;
const OPENERS = '([{';
const CLOSERS = ')]}';

/** A line begins within this. `doc` is a string that stands as a statement, which is a comment by its meaning. */
export type Inside = 'string' | 'doc' | 'comment';

type Mode =
  | { readonly span: Span; readonly isDoc: boolean }
  | { readonly heredoc: string; readonly isIndented: boolean }
  | { code: number };

const specials = new WeakMap<Language, RegExp>();

/** Returns the expression that finds everything with a meaning. */
function specialOf(language: Language): RegExp {
  let known = specials.get(language);
  if (known === undefined) {
    const opens = language.spans.map(({ open }) => open);
    const marks = [...opens, ...language.lineComments].sort((one, other) => other.length - one.length);
    const parts = [...marks.map(escaped), '[()[\\]{}]', ...(language.hasRegex === true ? ['\\/'] : [])];
    if (language.heredoc !== undefined) parts.unshift(language.heredoc.source);
    known = new RegExp(parts.join('|'), 'g');
    specials.set(language, known);
  }
  return known;
}

const REGEX = /\/(?![/*])(?:[^/\\[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*/y;

/** Reads lines one by one. */
export class Lexer {
  readonly #language: Language;
  readonly #special: RegExp;
  #modes: Mode[] = [];
  /** Brackets that are open; negative if more were closed. */
  #depth = 0;
  #lowest = 0;

  constructor(language: Language) {
    this.#language = language;
    this.#special = specialOf(language);
  }

  /** Tells what the next line begins within. Returns undefined if that is code. */
  get inside(): Inside | undefined {
    const mode = this.#modes.at(-1);
    if (mode === undefined || 'code' in mode) return undefined;
    if ('heredoc' in mode) return 'string';
    return mode.isDoc ? 'doc' : mode.span.kind;
  }

  /** Brackets that were opened and not closed; negative if more were closed. */
  get depth(): number {
    return this.#depth;
  }

  /** The least that {@link depth} was. */
  get lowest(): number {
    return this.#lowest;
  }

  /** Reads a line. */
  take(line: string): void {
    const mode = this.#modes.at(-1);
    if (mode !== undefined && 'heredoc' in mode) {
      const end = mode.isIndented ? line.trim().replace(/[;,)]+$/, '') : line;
      if (end === mode.heredoc) this.#modes.pop();
      return;
    }
    if (line.length > MAX_LINE) return;
    if (this.inside === undefined) this.#word(line.trim());
    const heredocs: Mode[] = [];
    for (let at = 0; at >= 0 && at < line.length; ) at = this.#step(line, at, heredocs);
    this.#modes.push(...heredocs.reverse());
  }

  /** Reads up to behind the next mark. Returns -1 at the end of the line. */
  #step(line: string, at: number, heredocs: Mode[]): number {
    const mode = this.#modes.at(-1);
    if (mode !== undefined && 'span' in mode) return this.#stepSpan(line, at, mode.span);
    this.#special.lastIndex = at;
    const found = this.#special.exec(line);
    if (found === null) return -1;
    const [text] = found;
    const end = found.index + text.length;
    if (this.#language.lineComments.includes(text))
      return isComment(line, found.index, text) ? -1 : found.index + 1;
    if (text.startsWith('<<')) {
      const tag = found.slice(1).find((group) => group !== undefined);
      if (tag !== undefined) heredocs.push({ heredoc: tag, isIndented: !/^<<['"\w\s]/.test(text) });
      return end;
    }
    if (text === '/') {
      REGEX.lastIndex = found.index;
      const before = line.slice(0, found.index).trimEnd();
      const isRegex = before === '' || /[(,=:[!&|?{};>]$|\breturn$/.test(before);
      return isRegex && REGEX.test(line) ? REGEX.lastIndex : end;
    }
    if (text.length === 1 && (OPENERS + CLOSERS).includes(text)) return this.#bracket(text, end);
    return this.#open(line, found.index, text);
  }

  /** Counts a word that opens or closes a block. */
  #word(text: string): void {
    const { blocks, lineComments } = this.#language;
    if (blocks === undefined || lineComments.some((mark) => text.startsWith(mark))) return;
    this.#depth += Number(blocks.opens.test(text)) - Number(blocks.closes.test(text));
    this.#lowest = Math.min(this.#lowest, this.#depth);
  }

  #bracket(text: string, end: number): number {
    const mode = this.#modes.at(-1);
    if (mode !== undefined && 'code' in mode) {
      if (text === '{') mode.code++;
      if (text === '}' && mode.code-- === 0) {
        this.#modes.pop();
        return end;
      }
    }
    this.#depth += OPENERS.includes(text) ? 1 : -1;
    this.#lowest = Math.min(this.#lowest, this.#depth);
    return end;
  }

  #open(line: string, at: number, text: string): number {
    const span = this.#language.spans.find(({ open }) => open === text);
    const end = at + text.length;
    if (span === undefined || line[at - 1] === '\\') return end;
    if (span.isLong === true) {
      const isDoc = text.length === 3 && /^\s*[a-zA-Z]{0,2}$/.test(line.slice(0, at));
      this.#modes.push({ span, isDoc });
      return end;
    }
    // An apostrophe, or a string that is not closed on its line, is a character like any other.
    const close = closing(line, end, span);
    return close < 0 ? end : close + span.close.length;
  }

  #stepSpan(line: string, at: number, span: Span): number {
    const close = closing(line, at, span);
    if (span.holdsCode === true) {
      const code = line.indexOf('${', at);
      if (code >= 0 && (close < 0 || code < close) && line[code - 1] !== '\\') {
        this.#modes.push({ code: 0 });
        return code + 2;
      }
    }
    if (close < 0) return -1;
    this.#modes.pop();
    return close + span.close.length;
  }
}

/** `#` begins a comment in a shell and the like only behind white space. */
function isComment(line: string, at: number, mark: string): boolean {
  return mark.length > 1 || at === 0 || /[\s;({[,]/.test(line[at - 1] ?? '') || mark === '%';
}

/** The place of the mark that closes a span, -1 if the line has none. */
function closing(line: string, from: number, { close, escapes }: Span): number {
  let at = line.indexOf(close, from);
  while (at >= 0 && escapes === true) {
    let slashes = 0;
    while (at - slashes > from && line[at - slashes - 1] === '\\') slashes++;
    if (slashes % 2 === 0) return at;
    at = line.indexOf(close, at + 1);
  }
  return at;
}

/** Brackets of some lines, and what stays open behind them. */
export interface Balance {
  readonly depth: number;
  readonly lowest: number;
  readonly inside: Inside | undefined;
}

/** Counts the brackets of lines outside of strings and comments. */
export function balanceOf(lines: readonly string[], language: Language): Balance {
  const lexer = new Lexer(language);
  for (const line of lines) lexer.take(line);
  return { depth: lexer.depth, lowest: lexer.lowest, inside: lexer.inside };
}

/** Tells for each line if it begins within a string or comment. */
export function insides(lines: readonly string[], language: Language): readonly (Inside | undefined)[] {
  const lexer = new Lexer(language);
  return lines.map((line) => {
    const { inside } = lexer;
    lexer.take(line);
    return inside;
  });
}
