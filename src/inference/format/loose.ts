/**
 * Values as language models write them: JSON, and what goes wrong with it. Single quotes, Python's True and None, keys
 * without quotes, trailing commas, line breaks in strings, and closers that are missing at the end are understood.
 */

/** Nesting that is followed; deeper text is no value. */
const MAX_DEPTH = 64;

/** A value and the index behind it. */
export interface LooseValue {
  readonly value: unknown;
  readonly end: number;
  /** Tells if the text ended before the value did, and what was missing was made up. */
  readonly isCut: boolean;
  /** Tells if it ended within a text, a number or a member, so that the value is another one than was meant. */
  readonly isTorn: boolean;
}

/**
 * Tells if a value can be used.
 * @param isEnd true if nothing follows: braces that are missing at the end are made up then, but no part of a text.
 */
export function isUsable({ isCut, isTorn }: LooseValue, isEnd: boolean): boolean {
  return isCut ? isEnd && !isTorn : true;
}

export interface LooseOptions {
  /** Marks that begin and end a string beside quotes, such as `<|"|>`. */
  readonly quotes?: readonly string[];
}

const WORDS: Readonly<Record<string, unknown>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  null: null,
  None: null,
};
/** A number that goes on. */
const BEGUN_NUMBER = /^[+-]?(?:\d[\d_]*)?\.?(?:\d*[eE][+-]?)?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '\n': '' };

/** One for all texts that are no value: a stack trace for each costs more than reading it. */
const NO_VALUE = new Error('no value');

/** Reads the value that begins at `start`, after white space. @returns undefined if there is none. */
export function readLoose(text: string, start = 0, options: LooseOptions = {}): LooseValue | undefined {
  const parser = new LooseParser(text, start, options.quotes ?? []);
  try {
    const value = parser.value(0);
    return { value, end: parser.at, isCut: parser.isCut, isTorn: parser.isTorn };
  } catch (error) {
    if (error === NO_VALUE) return undefined;
    throw error;
  }
}

class LooseParser {
  readonly #text: string;
  readonly #quotes: readonly string[];
  at: number;
  /** Parentheses that are open. */
  #tuples = 0;
  isCut = false;
  isTorn = false;

  constructor(text: string, at: number, quotes: readonly string[]) {
    this.#text = text;
    this.at = at;
    this.#quotes = quotes;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw NO_VALUE;
    this.#skipSpace();
    const quote = this.#quoteHere();
    if (quote !== undefined) return this.#string(quote, depth > 0 && this.#tuples === 0);
    const character = this.#text[this.at];
    if (character === undefined) throw NO_VALUE;
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth, ']');
    if (character === '(') {
      this.#tuples++;
      const list = this.#array(depth, ')');
      this.#tuples--;
      return list;
    }
    return this.#word();
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.at] ?? '')) this.at++;
  }

  #quoteHere(): string | undefined {
    const special = this.#quotes.find((mark) => this.#text.startsWith(mark, this.at));
    if (special !== undefined) return special;
    for (const quote of ['"""', "'''", '"', "'"]) if (this.#text.startsWith(quote, this.at)) return quote;
    return undefined;
  }

  /** @param isInBraces true if a parenthesis behind it can be no closer. */
  #string(quote: string, isInBraces: boolean): string {
    // Two quotes are an empty string, and no beginning of a long one.
    this.at += quote.length;
    let result = '';
    while (this.at < this.#text.length) {
      if (this.#text.startsWith(quote, this.at) && this.#isClosing(quote, isInBraces)) {
        this.at += quote.length;
        return result;
      }
      const character = this.#text[this.at] ?? '';
      if (character === '\\' && !this.#quotes.includes(quote)) result += this.#escape();
      else {
        result += character;
        this.at++;
      }
    }
    this.#tear();
    return result;
  }

  /** Tells if a quote ends its text: models forget to escape those within it, behind which the text goes on. */
  #isClosing(quote: string, isInBraces: boolean): boolean {
    if (quote.length > 1) return true;
    let at = this.at + 1;
    while (/\s/.test(this.#text[at] ?? '')) at++;
    const next = this.#text[at] ?? '';
    return next === '' || !(/[\p{L}\p{N}(%]/u.test(next) || (isInBraces && next === ')'));
  }

  /** The text ended within a value. */
  #tear(): void {
    this.isCut = true;
    this.isTorn = true;
  }

  #escape(): string {
    const next = this.#text[this.at + 1];
    if (next === undefined) {
      this.at++;
      return '';
    }
    if (next === 'u') {
      const code = /^[0-9a-fA-F]{4}/.exec(this.#text.slice(this.at + 2, this.at + 6))?.[0];
      this.at += code === undefined ? 2 : 6;
      return code === undefined ? 'u' : String.fromCharCode(Number.parseInt(code, 16));
    }
    this.at += 2;
    if (Object.hasOwn(ESCAPES, next)) return ESCAPES[next] ?? '';
    // Models escape what needs none: a path on Windows, a regular expression.
    return /["'\\/`]/.test(next) ? next : `\\${next}`;
  }

  #object(depth: number): Record<string, unknown> {
    this.at++;
    const result: Record<string, unknown> = {};
    while (true) {
      this.#skipSeparators();
      if (this.#closes('}')) return result;
      const key = this.#key();
      this.#skipSpace();
      if (this.#text[this.at] !== ':' && this.#text[this.at] !== '=') {
        if (this.at < this.#text.length) throw NO_VALUE;
        this.#tear();
        return result;
      }
      this.at++;
      this.#skipSpace();
      if (this.at >= this.#text.length) {
        this.#tear();
        return result;
      }
      // A key like __proto__ is a member like any other.
      Object.defineProperty(result, key, {
        value: this.value(depth + 1),
        enumerable: true,
        writable: true,
        configurable: true,
      });
      this.#requireEnd('}');
    }
  }

  #array(depth: number, closer: string): unknown[] {
    this.at++;
    const result: unknown[] = [];
    while (true) {
      this.#skipSeparators();
      if (this.#closes(closer)) return result;
      result.push(this.value(depth + 1));
      this.#requireEnd(closer);
    }
  }

  #skipSeparators(): void {
    while (/[\s,]/.test(this.#text[this.at] ?? '')) this.at++;
  }

  /** Takes the closer, or finds that the text ended without it. */
  #closes(closer: string): boolean {
    if (this.#text[this.at] === closer) {
      this.at++;
      return true;
    }
    if (this.at < this.#text.length) return false;
    // Behind a comma or a number something was to come.
    if (/[,\d.]\s*$/.test(this.#text.slice(-40))) this.isTorn = true;
    this.isCut = true;
    return true;
  }

  /** Behind a member comes a comma, the closer or the end; anything else is no list of members. */
  #requireEnd(closer: string): void {
    this.#skipSpace();
    const next = this.#text[this.at];
    if (next !== undefined && next !== ',' && next !== closer && this.#quoteHere() === undefined)
      throw NO_VALUE;
  }

  #key(): string {
    const quote = this.#quoteHere();
    if (quote !== undefined) return this.#string(quote, true);
    const word = /^[\p{L}_$][\p{L}\p{N}_$.-]*/u.exec(this.#text.slice(this.at, this.at + 256))?.[0];
    if (word === undefined) throw NO_VALUE;
    this.at += word.length;
    return word;
  }

  #word(): unknown {
    const word = /^[^\s,:{}[\]()"'<>=]+/.exec(this.#text.slice(this.at, this.at + 256))?.[0];
    if (word === undefined) throw NO_VALUE;
    if (Object.hasOwn(WORDS, word)) {
      this.at += word.length;
      return WORDS[word];
    }
    if (!/^[+-]?(?:\d[\d_]*)?\.?\d+(?:[eE][+-]?\d+)?\.?$/.test(word) && !/^[+-]?\d+\.$/.test(word)) {
      const isBegun = Object.keys(WORDS).some((known) => known.startsWith(word)) || BEGUN_NUMBER.test(word);
      if (!isBegun || this.at + word.length < this.#text.length) throw NO_VALUE;
      this.at += word.length;
      this.#tear();
      return undefined;
    }
    this.at += word.length;
    return Number(word.replaceAll('_', ''));
  }
}
