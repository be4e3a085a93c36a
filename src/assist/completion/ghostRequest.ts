/**
 * One request of a completion while it runs. It belongs to all who follow it: the editor cancels at each key and asks
 * again, so a request is only ended if nobody has followed it for a moment, or if what was typed contradicts it.
 */
import { type Ghost, restOf } from './ghostCache.ts';
import { type Hole, typedBetween } from './place.ts';

/** Milliseconds that a request runs on without a follower; the editor asks again sooner. */
const GRACE_MS = 150;

/** Generates a completion. Rules apply to `onText`'s texts already, each of which begins with the one before. */
export type Generate = (
  hole: Hole,
  signal: AbortSignal,
  onText: (text: string) => void,
) => Promise<Ghost | undefined>;

/** A running request. */
export class GhostRequest {
  readonly #hole: Hole;
  readonly #controller = new AbortController();
  readonly #result: Promise<Ghost | undefined>;
  readonly #wakers = new Set<() => void>();
  #text = '';
  #isDone = false;
  #followers = 0;
  #grace: NodeJS.Timeout | undefined;

  constructor(hole: Hole, generate: Generate) {
    this.#hole = hole;
    this.#result = generate(hole, this.#controller.signal, (text) => {
      this.#text = text;
      this.#wake();
    }).finally(() => {
      this.#isDone = true;
      clearTimeout(this.#grace);
      this.#wake();
    });
    // Followers learn of a failure themselves; there may be none.
    this.#result.catch(() => {});
  }

  /** True until it is done or ended. */
  get isRunning(): boolean {
    return !this.#isDone && !this.#controller.signal.aborted;
  }

  /** True while it runs and may still be shown at `hole`. */
  agreesWith(hole: Hole): boolean {
    if (!this.isRunning) return false;
    const typed = typedBetween(this.#hole, hole);
    return typed !== undefined && (this.#text.startsWith(typed) || typed.startsWith(this.#text));
  }

  /**
   * Waits for what is left of the completion at `hole`.
   * @returns undefined if there is nothing to show or `signal` was aborted, and `contradicted` if what comes does not
   * fit what was typed. @throws ModelError as the engine.
   */
  async follow(hole: Hole, signal: AbortSignal | undefined): Promise<Ghost | undefined | 'contradicted'> {
    this.#followers++;
    clearTimeout(this.#grace);
    const leave = (): void => this.#wake();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      while (!this.#isDone && signal?.aborted !== true) {
        if (!this.agreesWith(hole)) return 'contradicted';
        await new Promise<void>((resolve) => this.#wakers.add(resolve));
      }
      if (signal?.aborted === true) return undefined;
      const ghost = await this.#result;
      const typed = typedBetween(this.#hole, hole);
      if (typed === undefined) return 'contradicted';
      if (ghost === undefined) return typed === '' ? undefined : 'contradicted';
      return restOf(ghost, typed) ?? 'contradicted';
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#followers--;
      if (this.#followers === 0 && !this.#isDone) this.#grace = setTimeout(() => this.abort(), GRACE_MS);
    }
  }

  /** Ends the request. */
  abort(): void {
    clearTimeout(this.#grace);
    this.#controller.abort();
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }
}
