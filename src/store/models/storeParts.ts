/** The parts that the operations of a store share. */
import type { Log } from '../../base/log.ts';
import type { Blobs } from '../content/blobs.ts';
import type { HeldLock, LockedOptions, OnStep } from '../content/heldLock.ts';
import type { HashFile } from '../disk/hashFile.ts';
import type { Layout } from '../disk/layout.ts';
import type { ImageIndex } from './imageIndex.ts';
import type { Leases } from './leases.ts';
import type { References } from './references.ts';

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
