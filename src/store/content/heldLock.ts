/** The interface of the store's lock to a change, which asserts the lock before each step. */

/** A step of a change that removes, replaces or publishes something. */
export type Step =
  | 'link'
  | 'write-reference'
  | 'prune'
  | 'write-index'
  | 'repair'
  | 'discard'
  | 'take-name'
  | 'remove-reference'
  | 'quarantine'
  | 'collect'
  | 'remove-record'
  | 'remove-lease'
  | 'finish'
  | 'publish'
  | 'remove-download';

/** Called before each step of a change, so that tests can hold a process right there. */
export type OnStep = (step: Step) => void | Promise<void>;

/** The store's lock while a change holds it. */
export interface HeldLock {
  /** Asserts that this process still has the lock. @throws ModelError `store-busy` if another one took it over. */
  step(step: Step): Promise<void>;
}

export interface LockedOptions {
  /** Milliseconds to wait for another process that is changing the store. Defaults to a minute. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
