/** The end of a value in brackets, found while its text arrives. */

/** Characters that are held back at most for what may become a call. */
export const MAX_HELD = 65_536;

/** Finds the end of a value in brackets while its text arrives, looking at each character once. */
export class ValueExtent {
  #at = 0;
  #depth = 0;
  /** The quotes that end the text within which this is. */
  #quote: string | undefined;

  /** @param text the value's text as far as it has come. @returns the index behind its last bracket. */
  find(text: string): number | undefined {
    while (this.#at < Math.min(text.length, MAX_HELD)) {
      const length = this.#quote === undefined ? this.#outside(text) : this.#inside(text, this.#quote);
      if (length === 0) return undefined;
      this.#at += length;
      if (this.#depth === 0 && this.#quote === undefined) return this.#at;
    }
    return undefined;
  }

  /** Returns the characters that were taken; 0 if it takes the next ones to say. */
  #outside(text: string): number {
    const character = text[this.#at] ?? '';
    if (character === '"' || character === "'") {
      const long = character.repeat(3);
      if (isBegun(text, this.#at, long)) return 0;
      this.#quote = text.startsWith(long, this.#at) ? long : character;
      return this.#quote.length;
    }
    if ('{[('.includes(character)) this.#depth++;
    else if ('}])'.includes(character)) this.#depth--;
    return 1;
  }

  #inside(text: string, quote: string): number {
    if (text[this.#at] === '\\') return this.#at + 1 < text.length ? 2 : 0;
    if (text.startsWith(quote, this.#at)) {
      this.#quote = undefined;
      return quote.length;
    }
    return isBegun(text, this.#at, quote) ? 0 : 1;
  }
}

/** Tells if a text ends within a mark that begins at an index. */
function isBegun(text: string, at: number, mark: string): boolean {
  const rest = text.length - at;
  return rest < mark.length && mark.startsWith(text.slice(at, at + rest));
}
