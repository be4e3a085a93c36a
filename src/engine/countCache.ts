/** Remembers counts of tokens, because each turn of a conversation counts the same messages again. */

/** Characters of all remembered texts. */
const MAX_CHARACTERS = 4_000_000;

/** Counts of one vocabulary, least recently used first. */
export class CountCache {
  readonly #counts = new Map<string, number>();
  #characters = 0;

  get(text: string): number | undefined {
    const tokens = this.#counts.get(text);
    if (tokens !== undefined) {
      this.#counts.delete(text);
      this.#counts.set(text, tokens);
    }
    return tokens;
  }

  set(text: string, tokens: number): void {
    if (text.length > MAX_CHARACTERS / 4 || this.#counts.has(text)) return;
    this.#counts.set(text, tokens);
    this.#characters += text.length;
    for (const [oldest] of this.#counts) {
      if (this.#characters <= MAX_CHARACTERS) break;
      this.#counts.delete(oldest);
      this.#characters -= oldest.length;
    }
  }

  clear(): void {
    this.#counts.clear();
    this.#characters = 0;
  }
}
