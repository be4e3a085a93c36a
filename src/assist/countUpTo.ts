/** Exact counts of tokens, no further than needed. Engines remember the counts of texts, so pieces are counted once. */

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
