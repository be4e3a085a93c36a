/**
 * The order in which requests use the only sequence of a model. Ghost text goes before an edit, and an edit before a
 * chat: whoever waits for the cursor waits for milliseconds, and a running answer gives way and goes on afterwards.
 * Among equals the first to come is served first, except that newer ghost text makes older one pointless.
 */
import { deferred } from '../../../base/wait.ts';
import { PURPOSES, type Purpose } from '../calls/purpose.ts';

/** One request's use of the sequence, which may be interrupted. */
export interface Turn {
  readonly purpose: Purpose;
  readonly isCancelled: boolean;
  /** Tells if a more urgent request waits, so that this one should pause. */
  readonly mustGiveWay: boolean;
  /** Resolves when the sequence belongs to this turn, or the turn is cancelled. */
  begin(): Promise<void>;
  /** Gives the sequence to the next turn; `begin` gets it back. */
  pause(): void;
  /** Ends the turn. Must be called. */
  end(): void;
}

/** Options of a turn. */
export interface TurnOptions {
  readonly signal: AbortSignal;
  /** Whose request it is: newer ghost text cancels older one of the same client only. */
  readonly client?: object | undefined;
  /** Called when it has to wait, with the purpose of the running request. */
  readonly onWait?: ((running: Purpose) => void) | undefined;
}

interface Waiting {
  readonly turn: QueuedTurn;
  readonly resolve: () => void;
}

/** All turns of one model. */
export class Turns {
  #running: QueuedTurn | undefined;
  readonly #waiting: Waiting[] = [];
  #count = 0;

  /** Creates a turn. */
  take(purpose: Purpose, { signal, client, onWait = () => {} }: TurnOptions): Turn {
    if (purpose === 'infill') this.#cancelOlderInfill(client);
    return new QueuedTurn(this, { purpose, client, number: this.#count++, signal, onWait });
  }

  #cancelOlderInfill(client: object | undefined): void {
    const turns = [this.#running, ...this.#waiting.map(({ turn }) => turn)];
    for (const turn of turns) if (turn?.purpose === 'infill' && turn.client === client) turn.cancel();
  }

  async enter(turn: QueuedTurn): Promise<void> {
    if (this.#running === turn) return;
    const entered = deferred<void>();
    this.#waiting.push({ turn, resolve: entered.resolve });
    this.#next();
    if (this.#running !== turn && this.#running !== undefined) turn.onWait(this.#running.purpose);
    await entered.promise;
  }

  /** Takes a turn out of the queue, because it is over. */
  drop(turn: QueuedTurn): void {
    const index = this.#waiting.findIndex((waiting) => waiting.turn === turn);
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve();
  }

  leave(turn: QueuedTurn): void {
    if (this.#running !== turn) return;
    this.#running = undefined;
    this.#next();
  }

  hasMoreUrgent(purpose: Purpose): boolean {
    return this.#waiting.some(({ turn }) => PURPOSES.indexOf(turn.purpose) < PURPOSES.indexOf(purpose));
  }

  #next(): void {
    if (this.#running !== undefined) return;
    this.#waiting.sort(
      (a, b) =>
        PURPOSES.indexOf(a.turn.purpose) - PURPOSES.indexOf(b.turn.purpose) || a.turn.number - b.turn.number,
    );
    const next = this.#waiting.shift();
    this.#running = next?.turn;
    next?.resolve();
  }
}

class QueuedTurn implements Turn {
  readonly purpose: Purpose;
  /** Order of arrival, which a pause does not change. */
  readonly number: number;
  readonly client: object | undefined;
  readonly onWait: (running: Purpose) => void;
  readonly #turns: Turns;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.cancel();
  #isCancelled: boolean;

  constructor(
    turns: Turns,
    options: Required<Pick<TurnOptions, 'signal' | 'onWait'>> & {
      readonly purpose: Purpose;
      readonly client: object | undefined;
      readonly number: number;
    },
  ) {
    const { purpose, client, number, signal, onWait } = options;
    this.#turns = turns;
    this.purpose = purpose;
    this.client = client;
    this.number = number;
    this.onWait = onWait ?? (() => {});
    this.#signal = signal;
    this.#isCancelled = signal.aborted;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get mustGiveWay(): boolean {
    return this.#turns.hasMoreUrgent(this.purpose);
  }

  async begin(): Promise<void> {
    if (!this.#isCancelled) await this.#turns.enter(this);
  }

  pause(): void {
    this.#turns.leave(this);
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#turns.drop(this);
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#turns.drop(this);
    this.#turns.leave(this);
  }
}
