/** What the thread that hashes is asked for, over birpc. */

import type { HashedFile, HashSource } from '../../store/index.ts';
import type { Outcome } from './protocol.ts';

/** What the thread does. Files are known by a number that the caller chooses. */
export interface HashFunctions {
  /** @param digest of the algorithm that is wanted. */
  begin(id: number, source: HashSource, digest: string): void;
  /** Says that the bytes below `front` are there. */
  advance(id: number, front: number): void;
  /** Hashes the bytes below `front`. @returns hexadecimal digits. */
  digest(id: number, front: number): Promise<string>;
  /** Hashes a file to its end. @returns undefined where there is no file. */
  whole(id: number, path: string, digest: string): Promise<Outcome<HashedFile | undefined>>;
  /** Lets go of a file; a whole one is cancelled. */
  end(id: number): Promise<void>;
}

/** What the thread tells. */
export interface HashEvents {
  /** Bytes of a whole file were hashed. */
  hashed(id: number, bytes: number): void;
}
