/** Exact counts of tokens that are not counted twice, and no further than needed. */

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => Promise<number>;

/** Longest text that is counted in one go, in characters: a tokenizer needs some milliseconds for it. */
const PIECE_CHARACTERS = 8_192;

/** Splits a text at line ends into pieces to count; a line longer than a piece is one of its own. */
function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const limit = start + PIECE_CHARACTERS;
    const lastEnd = limit >= text.length ? text.length : text.lastIndexOf('\n', limit - 1) + 1;
    const nextEnd = lastEnd > start ? lastEnd : text.indexOf('\n', limit) + 1 || text.length;
    yield text.slice(start, nextEnd);
    start = nextEnd;
  }
}

/**
 * Counts the tokens of `text`, but stops once there are more than `limit`: a tokenizer takes seconds for a file of
 * 400 kB, most of which does not fit anyway. A long text is counted piece by piece, which may give a token more for each.
 */
export async function countUpTo(text: string, limit: number, count: CountTokens): Promise<number> {
  let tokens = 0;
  for (const piece of piecesOf(text)) {
    tokens += await count(piece);
    if (tokens > limit) break;
  }
  return tokens;
}

/** Counts of one tokenizer. The turns of a conversation are counted once, however often they are sent. */
export class TokenCounts {
  readonly #maxCharacters: number;
  readonly #counts = new Map<string, number>();
  #characters = 0;

  /** @param maxCharacters the length of all texts whose counts are kept. */
  constructor(maxCharacters = 2_000_000) {
    this.#maxCharacters = maxCharacters;
  }

  /** @param count called for a text whose count is not known. */
  async of(text: string, count: CountTokens): Promise<number> {
    const known = this.#counts.get(text);
    const tokens = known ?? (await count(text));
    this.#keep(text, tokens);
    return tokens;
  }

  /** Puts a text last, and forgets the first ones if there are too many. */
  #keep(text: string, tokens: number): void {
    if (this.#counts.delete(text)) this.#characters -= text.length;
    if (text.length > this.#maxCharacters) return;
    this.#counts.set(text, tokens);
    this.#characters += text.length;
    for (const [oldest] of this.#counts) {
      if (this.#characters <= this.#maxCharacters) break;
      this.#counts.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
