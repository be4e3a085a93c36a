/**
 * Tokens of texts on a server that does not count them, learned from the counts that come with its answers, and the
 * suspicion that a server cut a prompt without saying so.
 */

/** Characters of a token before any answer: few, so that a prompt is rather cut here, where it is said, than there. */
const FIRST_GUESS = 3;
/** Bounds of what is learned. */
const LEAST = 1;
const MOST = 5;
/** Share of the learned length that is counted on, since texts differ. */
const CAUTION = 0.9;
/** Characters of a prompt from which its length is learned. */
const SAMPLE = 400;
/** Share of the expected tokens below which a prompt was cut: no two texts of one person differ that much. */
const CUT_SHARE = 0.6;
/** Characters of a token that no text of words exceeds, spaces taken together. */
const LONGEST = 7;

/** Estimates for one model. */
export class TokenEstimate {
  #charactersPerToken: number | undefined;

  tokens(text: string): number {
    const learned = this.#charactersPerToken;
    return Math.ceil(text.length / (learned === undefined ? FIRST_GUESS : learned * CAUTION));
  }

  /**
   * Takes the count of a prompt.
   * @param text all texts of the prompt; the frame around them is small.
   * @returns true if the server must have cut the prompt.
   */
  learn(text: string, promptTokens: number): boolean {
    if (text.length < SAMPLE || promptTokens <= 0) return false;
    const isCut = promptTokens < this.#leastTokens(text);
    if (!isCut) {
      const length = text.length / promptTokens;
      this.#charactersPerToken = Math.min(MOST, Math.max(LEAST, length));
    }
    return isCut;
  }

  /** A run of spaces or of one character may be a single token. */
  #leastTokens(text: string): number {
    const dense = text.replace(/\s+/g, ' ').replace(/(.)\1{3,}/gu, '$1$1$1').length;
    const learned = this.#charactersPerToken;
    const byKind = dense / LONGEST;
    return learned === undefined ? byKind : Math.max(byKind, (CUT_SHARE * dense) / learned);
  }
}
