/** The listeners of one kind of event. */
export class Listeners<Args extends readonly unknown[] = []> {
  readonly #listeners = new Set<(...args: Args) => void>();

  /** Calls `listener` at each event. @returns a function that stops it. */
  add(listener: (...args: Args) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls all listeners; one that is added or removed meanwhile changes nothing for this event. */
  fire(...args: Args): void {
    for (const listener of [...this.#listeners]) listener(...args);
  }

  /** Removes all listeners. */
  clear(): void {
    this.#listeners.clear();
  }
}
