/**
 * Handles the store's own small files, which are recognized by their content: a file that a person or another program
 * put at one of their names is neither replaced nor removed, and neither is a link or a folder. A file of ours that a
 * power failure left empty, full of zeros or truncated is made again.
 */
import { rm } from 'node:fs/promises';
import type { z } from 'zod';
import { guarded } from './files.ts';
import { ForeignFileError, foreignError } from './foreign.ts';
import { readStart } from './ownFiles.ts';

/** One kind of small file. */
export interface SmallFile<T> {
  /** Tells whether a text may be a truncated file of this kind. */
  readonly isBeginning: (text: string) => boolean;
  /** Returns undefined if the text is not a file of this kind. */
  readonly parse: (text: string) => T | undefined;
  /** Bytes above which a file is not read. */
  readonly maxBytes: number;
}

/** The state of a name. `damaged`: a file of ours that cannot be parsed. */
export type Found<T> =
  | { readonly state: 'none' | 'damaged' }
  | { readonly state: 'ours'; readonly value: T }
  | { readonly state: 'foreign'; readonly error: ForeignFileError };

/** Defines a kind of JSON file. @param beginnings of all files of this kind, including those of older versions. */
export function jsonFile<T>(
  schema: z.ZodType<T>,
  beginnings: readonly string[],
  maxBytes: number,
): SmallFile<T> {
  return {
    maxBytes,
    isBeginning: (text) => beginnings.some((each) => text.startsWith(each) || each.startsWith(text)),
    parse(text) {
      try {
        return schema.safeParse(JSON.parse(text)).data;
      } catch {
        return undefined; // the beginning tells whether it was ours
      }
    },
  };
}

/**
 * Examines the file at the path of a small file.
 * @throws ModelError `store-error` if it cannot be read.
 */
export async function findSmall<T>(path: string, kind: SmallFile<T>): Promise<Found<T>> {
  const { isBeginning, parse, maxBytes } = kind;
  try {
    const start = await guarded('read', path, () => readStart(path, maxBytes));
    if (start === undefined) return { state: 'none' };
    const value = start.isWhole ? parse(start.text) : undefined;
    if (value !== undefined) return { state: 'ours', value };
    // A file system returns zeros for bytes that did not reach the disk.
    if (isBeginning(withoutZeros(start.text))) return { state: 'damaged' };
    return { state: 'foreign', error: foreignError(path) };
  } catch (error) {
    if (error instanceof ForeignFileError) return { state: 'foreign', error };
    throw error;
  }
}

function withoutZeros(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return text.slice(0, end);
}

/** Reads a small file of ours. Returns undefined if there is none that can be parsed. @throws ModelError. */
export async function readSmall<T>(path: string, kind: SmallFile<T>): Promise<T | undefined> {
  const found = await findSmall(path, kind);
  return found.state === 'ours' ? found.value : undefined;
}

/** @throws ModelError `store-error` if something that this store did not make is in the place of a small file. */
export async function requireOwnSmall<T>(path: string, kind: SmallFile<T>): Promise<void> {
  const found = await findSmall(path, kind);
  if (found.state === 'foreign') throw found.error;
}

/** Removes a small file of ours, even a damaged one. Anything else stays. @throws ModelError `store-error`. */
export async function removeSmall<T>(path: string, kind: SmallFile<T>): Promise<void> {
  const { state } = await findSmall(path, kind);
  if (state === 'none' || state === 'foreign') return;
  await guarded('removed', path, () => rm(path, { force: true }));
}
