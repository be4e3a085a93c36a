/** Runs changes of one store under `store.lock`, which all processes that share the store take. */

import type { HeldLock, LockedOptions, OnStep } from '../content/heldLock.ts';
import type { Layout } from '../disk/layout.ts';
import { FileLock } from '../disk/lock.ts';
import { requireStore } from '../disk/ownFiles.ts';

/**
 * Milliseconds to wait while another process changes references. Such a change is short, unless it copies whole models
 * on a file system without links.
 */
const LOCK_WAIT_MS = 60_000;

export interface StoreLockOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onStep?: OnStep | undefined;
}

/** The store's lock, taken for one change at a time. */
export class StoreLock {
  readonly #layout: Layout;
  readonly #options: StoreLockOptions;

  constructor(layout: Layout, options: StoreLockOptions) {
    this.#layout = layout;
    this.#options = options;
  }

  /**
   * Runs `change` while this process has the lock.
   * @throws ModelError `store-busy`, `cancelled`, `store-error` if the store is gone, and what `change` throws.
   */
  async run<T>(change: (held: HeldLock) => Promise<T>, options: LockedOptions = {}): Promise<T> {
    const { now, onStep } = this.#options;
    await requireStore(this.#layout.root);
    const lock = await FileLock.acquire(this.#layout.lock, {
      subject: { kind: 'store', folder: this.#layout.root },
      waitMs: options.waitMs ?? LOCK_WAIT_MS,
      signal: options.signal,
      now,
    });
    const step: HeldLock['step'] = async (name) => {
      await onStep?.(name);
      if (await lock.isHeld()) return;
      // The lock is also gone with its drive.
      await requireStore(this.#layout.root);
      throw lock.lostError();
    };
    try {
      return await change({ step });
    } finally {
      await lock.release();
    }
  }
}
