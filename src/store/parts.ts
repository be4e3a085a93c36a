/** What the operations of a store work on together. */
import type { Log } from '../base/log.ts';
import type { Blobs } from './blobs.ts';
import type { HashFile } from './hashFile.ts';
import type { ImageIndex } from './imageIndex.ts';
import type { Layout } from './layout.ts';
import type { Leases } from './leases.ts';
import type { References } from './references.ts';

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

/** The store's lock, in the hands of a change. */
export interface HeldLock {
  /** Asserts that this process still has the lock. @throws ModelError `store-busy` if another one took it over. */
  step(step: Step): Promise<void>;
}

export interface LockedOptions {
  /** Milliseconds to wait for another process that changes the store. Defaults to a minute. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The parts of one open store. */
export interface StoreParts {
  readonly layout: Layout;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly blobs: Blobs;
  /** Hashes whole files. */
  readonly hashFile: HashFile;
  readonly references: References;
  readonly index: ImageIndex;
  readonly leases: Leases;
  readonly onStep: OnStep | undefined;
  /**
   * Runs `change` while this process has the store's lock.
   * @throws ModelError `store-busy`, `cancelled`, and what `change` throws.
   */
  locked<T>(change: (held: HeldLock) => Promise<T>, options?: LockedOptions): Promise<T>;
}
