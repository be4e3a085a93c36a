/** The calls between the thread that hashes and the one that started it, over birpc. */

import type { HashedFile, HashSource } from '../../store/index.ts';
import type { Outcome } from './protocol.ts';

/** Translations by English text, as VS Code provides them for its display language. */
export type Translations = Readonly<Record<string, string>>;

/** The data with which the thread starts. */
export interface HashData {
  readonly translations: Translations | undefined;
}

/** The functions of the thread. The caller chooses a number for each file. */
export interface HashFunctions {
  /** @param digest any digest of the wanted algorithm. */
  begin(id: number, source: HashSource, digest: string): void;
  /** Says that the bytes below `front` have been written. */
  advance(id: number, front: number): void;
  /** Hashes the bytes below `front`. @returns hexadecimal digits. */
  digest(id: number, front: number): Promise<string>;
  /** Hashes a file to its end. @returns undefined if there is no file. */
  whole(id: number, path: string, digest: string): Promise<Outcome<HashedFile | undefined>>;
  /** Closes a file; hashing a whole one is cancelled. */
  end(id: number): Promise<void>;
}

/** The events of the thread. */
export interface HashEvents {
  /** Reports hashed bytes of a whole file. */
  hashed(id: number, bytes: number): void;
}
