/** Ends a text at the first of several texts, which may arrive in pieces. */

/** Holds back as much of the end as may be the beginning of a stop text. */
export class StopTexts {
  readonly #stops: readonly string[];
  readonly #longest: number;
  #held = '';

  /** @param stops Empty ones are ignored. */
  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
    this.#longest = Math.max(0, ...this.#stops.map(({ length }) => length));
  }

  /** Returns the text that is certain by now, and if it ends there. */
  push(piece: string): { readonly text: string; readonly stopped: boolean } {
    const all = this.#held + piece;
    const found = this.#stops.map((stop) => all.indexOf(stop)).filter((index) => index >= 0);
    if (found.length > 0) {
      this.#held = '';
      return { text: all.slice(0, Math.min(...found)), stopped: true };
    }
    const sure = all.length - this.#beginning(all);
    this.#held = all.slice(sure);
    return { text: all.slice(0, sure), stopped: false };
  }

  /** Returns what was held back, if the text ends otherwise. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  /** Length of the longest end of `text` with which a stop text begins. */
  #beginning(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.#stops.some((stop) => stop.length > length && stop.startsWith(end))) return length;
    }
    return 0;
  }
}
