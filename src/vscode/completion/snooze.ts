/** A pause of completions in this window that ends by itself. */
import { Listeners } from '../../base/listeners.ts';

/** A pause, which is over at a time or when the user resumes. */
export class Snooze {
  readonly #now: () => number;
  readonly #changed = new Listeners();
  #until = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** When the pause ends, in milliseconds since 1970; undefined if there is none. */
  get until(): number | undefined {
    return this.#now() < this.#until ? this.#until : undefined;
  }

  /** Calls `listener` when a pause begins or ends. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  /** Begins a pause, in place of one that runs. @param ms milliseconds. */
  start(ms: number): void {
    clearTimeout(this.#timer);
    this.#until = this.#now() + ms;
    this.#timer = setTimeout(() => this.resume(), ms);
    this.#timer.unref();
    this.#changed.fire();
  }

  /** Ends the pause. */
  resume(): void {
    clearTimeout(this.#timer);
    this.#until = 0;
    this.#changed.fire();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changed.clear();
  }
}
