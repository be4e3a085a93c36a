/** The order of pulls: a few run at once, so that each ends soon, and the others wait for their turn in a line. */
import { cancelledError } from '../base/error.ts';
import { Listeners } from '../base/listeners.ts';
import { formatReference, type Reference } from '../oci/index.ts';

/** Pulls that run at once. They share the connections and the disk, so more of them only end later. */
const AT_ONCE = 2;

interface Waiting {
  readonly reference: Reference;
  readonly id: string;
  /** Ends the wait: with true for its turn, with false if it left the line. */
  readonly end: (isTurn: boolean) => void;
}

/** The pulls of one window that run, and those that wait. */
export class PullQueue {
  readonly #atOnce: number;
  readonly #listeners = new Listeners();
  #waiting: readonly Waiting[] = [];
  #running = 0;

  /** @param atOnce pulls that run at once. */
  constructor(atOnce = AT_ONCE) {
    this.#atOnce = atOnce;
  }

  /** The models that wait, the next one first. */
  get waiting(): readonly Reference[] {
    return this.#waiting.map(({ reference }) => reference);
  }

  /** Calls `listener` when a pull begins or ends to wait, or another one is first. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Runs `pull` when it is its turn: at once if fewer than all places are taken.
   * @param onWait called if it has to wait.
   * @throws ModelError `cancelled` if it leaves the line, and whatever `pull` throws.
   */
  async run<Result>(
    reference: Reference,
    pull: () => PromiseLike<Result>,
    { signal, onWait }: { readonly signal?: AbortSignal; readonly onWait?: () => void } = {},
  ): Promise<Result> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#turn(reference, signal, onWait);
    try {
      return await pull();
    } finally {
      this.#free();
    }
  }

  /** Lets a model that waits be the next one. Does nothing if it does not wait. */
  moveToFront(reference: Reference): void {
    const moved = this.#find(reference);
    if (moved === undefined) return;
    this.#become([moved, ...this.#waiting.filter((one) => one !== moved)]);
  }

  /** Takes a model that waits out of the line. Does nothing if it does not wait. */
  leave(reference: Reference): void {
    const left = this.#find(reference);
    if (left === undefined) return;
    this.#become(this.#waiting.filter((one) => one !== left));
    left.end(false);
  }

  /** Tells whether a model waits. */
  has(reference: Reference): boolean {
    return this.#find(reference) !== undefined;
  }

  #find(reference: Reference): Waiting | undefined {
    const id = formatReference(reference);
    return this.#waiting.find((one) => one.id === id);
  }

  async #turn(
    reference: Reference,
    signal: AbortSignal | undefined,
    onWait: (() => void) | undefined,
  ): Promise<void> {
    const id = formatReference(reference);
    const turn = new Promise<boolean>((end) => {
      this.#become([...this.#waiting, { reference, id, end }]);
    });
    const onAbort = (): void => this.leave(reference);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    else onWait?.();
    try {
      if (!(await turn)) throw cancelledError();
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Gives a place to the next one. The place goes over to it, so that nobody gets in between. */
  #free(): void {
    const [next, ...others] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#become(others);
    next.end(true);
  }

  #become(waiting: readonly Waiting[]): void {
    this.#waiting = waiting;
    this.#listeners.fire();
  }
}
