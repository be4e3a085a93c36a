/** Turns tokens into text as they come. A character may be spread over several tokens, and is held until it is whole. */
import type { Token } from 'node-llama-cpp';
import type { TokenText } from './tokenText.ts';

/** Tokens of the longest character; UTF-8 takes up to four bytes, and a token may be a single byte. */
const MAX_PENDING = 4;
/** Tokens that tell whether the next one begins a word; the library looks at no more either. */
const CONTEXT_TOKENS = 3;
const INCOMPLETE = '\uFFFD';

/** Reads the tokens of one answer. Texts of special tokens are part of it, since families write their marks so. */
export class Detokenizer {
  readonly #model: TokenText;
  #before: Token[];
  #pending: Token[] = [];

  /** @param before tokens in front of the first one. */
  constructor(model: TokenText, before: readonly Token[]) {
    this.#model = model;
    this.#before = before.slice(-CONTEXT_TOKENS);
  }

  /** Returns the text that is whole with this token, possibly none. */
  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#text();
    if (text.endsWith(INCOMPLETE) && this.#pending.length < MAX_PENDING) return '';
    return this.#take(text);
  }

  /** Returns what is held, without a character of which the rest is missing: a limit may cut through it. */
  end(): string {
    return this.#take(this.#text()).replace(/\uFFFD+$/, '');
  }

  #text(): string {
    return this.#model.detokenize(this.#pending, true, this.#before);
  }

  #take(text: string): string {
    this.#before = [...this.#before, ...this.#pending].slice(-CONTEXT_TOKENS);
    this.#pending = [];
    return text;
  }
}
