/**
 * The beginning of an answer that goes on with the last message. Some servers send that message once more in front of
 * the answer (llama-server), and others write it anew because they cannot go on with one.
 */

/** Removes the last message from the front of an answer. */
export class Continuation {
  readonly #start: string;
  #held = '';
  #isDecided: boolean;

  /** @param start the last message; empty for an answer of its own. */
  constructor(start: string) {
    this.#start = start;
    this.#isDecided = start === '';
  }

  /** Takes a piece. @returns the text that is of the answer. */
  push(piece: string): string {
    if (this.#isDecided) return piece;
    this.#held += piece;
    if (this.#start.startsWith(this.#held) && this.#held.length < this.#start.length) return '';
    return this.end();
  }

  /** The answer ends. @returns the text that was held back. */
  end(): string {
    this.#isDecided = true;
    const held = this.#held;
    this.#held = '';
    return held.startsWith(this.#start) ? held.slice(this.#start.length) : held;
  }
}
