/**
 * Removal in two steps: under the store's lock things are moved to `ingest/tmp-<id>/`, which is quick, and
 * unlinked when others may use the store again. What a killed process leaves there, garbage collection takes.
 */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { guarded, ifPresent, renameFile } from './files.ts';
import type { Layout } from './layout.ts';

export class Trash {
  readonly #folder: string;
  #count = 0;

  constructor(layout: Layout) {
    this.#folder = join(layout.ingests, `tmp-${randomUUID()}`);
  }

  /**
   * Takes a file away; nothing where there is none.
   * @returns the bytes that the disk gets back: none while the file has another name elsewhere. Undefined where
   * there was no file.
   * @throws ModelError `store-error`, on Windows also while the file is open.
   */
  async take(path: string): Promise<number | undefined> {
    return guarded('removed', path, async () => {
      const status = await ifPresent(stat(path));
      if (status === undefined) return undefined;
      if (this.#count === 0) await mkdir(this.#folder, { recursive: true });
      await renameFile(path, join(this.#folder, `${this.#count++}`));
      return status.nlink === 1 ? status.size : 0;
    });
  }

  /** Gives the space back. */
  async empty(): Promise<void> {
    await guarded('removed', this.#folder, () => rm(this.#folder, { recursive: true, force: true }));
  }
}

/**
 * Removes a file, or a folder with all that is in it, at once.
 * @returns the bytes that the disk got back: those of files without another name elsewhere.
 * @throws ModelError `store-error`.
 */
export async function removeTree(path: string): Promise<number> {
  return guarded('removed', path, async () => {
    const bytes = await onlyBytes(path);
    await rm(path, { recursive: true, force: true });
    return bytes;
  });
}

async function onlyBytes(path: string): Promise<number> {
  const status = await ifPresent(lstat(path));
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.nlink === 1 ? status.size : 0;
  let bytes = 0;
  for (const name of (await ifPresent(readdir(path))) ?? []) bytes += await onlyBytes(join(path, name));
  return bytes;
}
