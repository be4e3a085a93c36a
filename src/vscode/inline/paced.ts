/** Shows the newest of many values, no more often than an interval allows. */

/** The first value is shown at once, later ones at the end of the interval. */
export class Paced<Value> {
  readonly #intervalMs: number;
  readonly #show: (value: Value) => void;
  #timer: NodeJS.Timeout | undefined;
  #next: { readonly value: Value } | undefined;

  /** @param intervalMs milliseconds between two calls of `show`, at least. */
  constructor(intervalMs: number, show: (value: Value) => void) {
    this.#intervalMs = intervalMs;
    this.#show = show;
  }

  push(value: Value): void {
    this.#next = { value };
    if (this.#timer === undefined) this.#showNext();
  }

  /** Forgets what was not shown yet. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
  }

  #showNext(): void {
    this.#timer = undefined;
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    this.#timer = setTimeout(() => this.#showNext(), this.#intervalMs);
    this.#show(next.value);
  }
}
