/**
 * Removes files in two steps: they are moved aside under the store's lock, which is quick, and unlinked after the
 * change, when other processes may use the store again. Until then they can be put back. Garbage collection removes
 * the leftovers of a killed process.
 */
import type { BigIntStats } from 'node:fs';
import { link, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../base/error.ts';
import { NO_HARD_LINK } from '../disk/capabilities.ts';
import { type FileAction, guarded, ifPresent, removeFile, renameFile } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { isFree } from '../disk/ownFiles.ts';
import { isRecordFile } from './records.ts';

interface Item {
  readonly from: string;
  readonly at: string;
  readonly isContent: boolean;
  /** The record that proved it to be ours, with its text. */
  readonly record: { readonly path: string; readonly text: Buffer } | undefined;
}

export interface TakeOptions {
  /** Path of the record that proves the file to be ours; it is removed with the file. */
  readonly record?: string | undefined;
  /** True if it is content and not a small file of the store's own. Defaults to true. */
  readonly isContent?: boolean | undefined;
  /** The action that an error names. Defaults to `removed`. */
  readonly action?: FileAction | undefined;
}

/** The files that one change removes. */
export class Trash {
  readonly #layout: Layout;
  #items: Item[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /**
   * Moves a file aside that is proven to be ours.
   * @param status of the file that was proven; another file in its place stays.
   * @returns true if it was moved.
   * @throws ModelError `store-error`, on Windows also while the file is open.
   */
  async take(path: string, status: BigIntStats, options: TakeOptions = {}): Promise<boolean> {
    return guarded(options.action ?? 'removed', path, async () => {
      const at = await this.#moveAside(path);
      if (at === undefined) return false;
      const moved = await lstat(at, { bigint: true });
      if (moved.ino !== status.ino || moved.dev !== status.dev) {
        // Another file took its place just now and must not be lost.
        await giveNameBack(at, path);
        return false;
      }
      const record = await recordAt(options.record);
      this.#items.push({ from: path, at, record, isContent: options.isContent ?? true });
      if (record !== undefined) await removeFile(record.path);
      return true;
    });
  }

  /** Returns the bytes of content that {@link empty} frees, those of files without another name. */
  async bytes(): Promise<number> {
    const files = new Map<string, { names: number; size: number; links: number }>();
    for (const { at } of this.#items.filter(({ isContent }) => isContent)) {
      const status = await guarded('read', at, () => ifPresent(lstat(at, { bigint: true })));
      if (status === undefined) continue;
      const key = `${status.dev} ${status.ino}`;
      const names = (files.get(key)?.names ?? 0) + 1;
      files.set(key, { names, size: Number(status.size), links: Number(status.nlink) });
    }
    return [...files.values()].reduce((sum, file) => sum + (file.names >= file.links ? file.size : 0), 0);
  }

  /** Gives every file its name back, unless another file has it by now. */
  async putBack(): Promise<void> {
    const items = this.#items.reverse();
    this.#items = [];
    for (const item of items) await guarded('put back', item.from, () => this.#putBack(item));
  }

  /** Unlinks the files. */
  async empty(): Promise<void> {
    const items = this.#items;
    this.#items = [];
    for (const { at } of items) await guarded('removed', at, () => removeFile(at));
  }

  /** @returns the new path, or undefined if there was no file. */
  async #moveAside(path: string): Promise<string | undefined> {
    const at = this.#layout.temporary();
    try {
      await renameFile(path, at);
      return at;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      if (systemErrorCode(error) !== 'EXDEV') throw error;
    }
    // A folder of the store may be on a disk of its own.
    const near = this.#layout.temporary(this.#layout.topFolder(path));
    return (await ifPresent(renameFile(path, near).then(() => true))) === undefined ? undefined : near;
  }

  async #putBack({ from, at, record }: Item): Promise<void> {
    await mkdir(dirname(from), { recursive: true });
    if (!(await giveNameBack(at, from))) {
      // Another file took the name, and content is only ever replaced by the same content.
      await rm(at, { force: true });
    } else if (record !== undefined && (await isFree(record.path))) {
      await writeFile(record.path, record.text, { flag: 'wx' });
    }
  }
}

/** Moves a file unless its new name is taken. @returns true if it was moved. */
export async function giveNameBack(at: string, from: string): Promise<boolean> {
  try {
    await link(at, from);
    await rm(at, { force: true });
    return true;
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    // The name is taken, or the holder of the lock by now has removed the file.
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (!NO_HARD_LINK.includes(code)) throw error;
  }
  if (!(await isFree(from))) return false;
  await renameFile(at, from);
  return true;
}

async function recordAt(path: string | undefined): Promise<Item['record']> {
  if (path === undefined) return undefined;
  // A foreign file that took the record's place since it was read stays.
  const text = (await isRecordFile(path)) ? await ifPresent(readFile(path)) : undefined;
  return text === undefined ? undefined : { path, text };
}
