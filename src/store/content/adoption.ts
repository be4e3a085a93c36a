/**
 * Adopts content that another program has on this disk as a blob of the store, without a download.
 *
 * There are three ways, tried in this order: a clone (a separate file that shares the disk blocks), a hard link (the
 * same file under a second name), and a copy. The file that is verified is always the one that will be the blob, never
 * the one under the other program's name:
 *
 *   clone, copy   made under a name that nobody else knows, hashed there, then moved to its place. Changes to the
 *                 source meanwhile do not reach it, or they change its digest.
 *   link          under a name of ours, so that no program can replace it. A program may still write into the file,
 *                 because it is the same file; therefore its size and modification time, read through an open
 *                 handle, must be the same before and after hashing. The inode's change time is not compared,
 *                 because another window that links the same file changes it. Verifying the store finds a program
 *                 that writes into the file later; the known tools only replace and remove their files. A file that
 *                 another user owns or may write is copied.
 *
 * The other program's file is opened for reading only. A hard link shares the file's mode, so the mode is not changed
 * to read-only as it is for other blobs.
 *
 * No lock is needed: the slower of two processes moves the same content over the same name.
 */
import { type BigIntStats, constants } from 'node:fs';
import { link, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DISK_MARGIN_BYTES, freeBytes } from '../../base/diskSpace.ts';
import { ModelError, systemErrorCode, throwIfCancelled } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { digestOf, shortDigest } from '../../oci/spec/digest.ts';
import { cloneFile, copyBytes } from '../disk/fileCopy.ts';
import { requireLength } from '../disk/fileLimit.ts';
import { guarded, syncFile } from '../disk/files.ts';
import { type HashFile, hashFile } from '../disk/hashFile.ts';
import type { Layout } from '../disk/layout.ts';
import { isFolder } from '../disk/ownFiles.ts';
import type { OnStep } from './heldLock.ts';
import type { ContentPlace } from './ingest.ts';
import { publishBlob, requireOwnPlace } from './publish.ts';

/** The way in which content entered the store; `present` if the store already had it. */
export type AdoptionWay = 'clone' | 'link' | 'copy' | 'present';

export interface AdoptOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes done, up to the file's size. Copying counts as one half, verifying as the other. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Hashes the content. Defaults to hashing in this thread. */
  readonly hashFile?: HashFile | undefined;
  /** The ways to try. Defaults to clone, link and copy. */
  readonly ways?: readonly Exclude<AdoptionWay, 'present'>[] | undefined;
  /** Returns the bytes that may be written on the disk of a folder. Defaults to asking the file system. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
  /** Called before the content gets its name. */
  readonly onStep?: OnStep | undefined;
}

/** A file that became a blob. */
export interface AdoptedFile {
  readonly descriptor: Descriptor;
  readonly way: AdoptionWay;
}

/**
 * Makes the file at `path` the blob of `descriptor`.
 * @throws ModelError `not-found` if there is no such file, `size-mismatch` or `digest-mismatch` if its content differs,
 * `disk-full`, `cancelled`, `store-error`. An error leaves the store unchanged.
 */
export async function adoptBlob(
  place: ContentPlace,
  descriptor: Descriptor,
  path: string,
  options: AdoptOptions = {},
): Promise<{ way: AdoptionWay }> {
  const { layout, blobs } = place;
  if (await blobs.has(descriptor, options.signal)) return { way: 'present' };
  await requireOwnPlace(layout, descriptor.digest);
  const source = await openSource(path);
  if (source.size !== BigInt(descriptor.size)) {
    const message = t(
      '{0} has {1} bytes instead of {2}, so it was not imported.',
      path,
      String(source.size),
      descriptor.size,
    );
    throw new ModelError('size-mismatch', message);
  }
  return withTemporary(layout, async (temporary) => {
    const way = await bring(layout, source, temporary, options);
    const digest = await verifiedDigest(layout, source, temporary, descriptor.digest, way, options);
    if (digest !== descriptor.digest) {
      const message = t(
        '{0} has unexpected content (digest {1} instead of {2}), so it was not imported.',
        path,
        shortDigest(digest),
        shortDigest(descriptor.digest),
      );
      throw new ModelError('digest-mismatch', message);
    }
    await publish(place, { temporary, digest, way, options });
    return { way };
  });
}

/**
 * Makes a file of unknown digest a blob.
 * @param mediaType of the returned descriptor.
 * @throws ModelError as {@link adoptBlob}.
 */
export async function adoptFile(
  place: ContentPlace,
  path: string,
  mediaType: string,
  options: AdoptOptions = {},
): Promise<AdoptedFile> {
  const { layout, blobs } = place;
  const source = await openSource(path);
  return withTemporary(layout, async (temporary) => {
    const way = await bring(layout, source, temporary, options);
    const digest = await verifiedDigest(layout, source, temporary, EMPTY_SHA256, way, options);
    const descriptor = { mediaType, digest, size: Number(source.size) };
    if (await blobs.has(descriptor, options.signal)) return { descriptor, way: 'present' };
    await publish(place, { temporary, digest, way, options });
    return { descriptor, way };
  });
}

/** Returns true if the file at `path` can join the store as a hard link, without extra space. Does not try a clone. */
export async function canBeLinked(layout: Layout, path: string): Promise<boolean> {
  try {
    return await isLinkable(layout, await stat(path, { bigint: true }));
  } catch {
    return false; // gone or unreadable: the adoption reports it
  }
}

interface Source {
  /** The file itself, with symbolic links resolved. */
  readonly path: string;
  readonly size: bigint;
  readonly status: BigIntStats;
}

async function openSource(path: string): Promise<Source> {
  try {
    const real = await realpath(path);
    const status = await stat(real, { bigint: true });
    if (status.isFile()) return { path: real, size: status.size, status };
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') {
      const code = systemErrorCode(error) ?? t('unknown error');
      const message = t('Could not read {0} ({1}), so it was not imported.', path, code);
      throw new ModelError('store-error', message, { cause: error });
    }
  }
  const message = t('{0} no longer exists or is not a file, so it was not imported.', path);
  throw new ModelError('not-found', message);
}

/** Runs `work` with an unused name in the store, and removes the file of that name afterwards. */
async function withTemporary<T>(layout: Layout, work: (temporary: string) => Promise<T>): Promise<T> {
  await isFolder(layout.ingests);
  const temporary = layout.temporary();
  try {
    return await work(temporary);
  } finally {
    // Needed after success too: renaming a file to another name of itself does nothing and leaves this one.
    await guarded('removed', temporary, () => rm(temporary, { force: true }));
  }
}

/** Clones, links or copies the content to `temporary`, which is on the store's disk. */
async function bring(
  layout: Layout,
  source: Source,
  temporary: string,
  options: AdoptOptions,
): Promise<AdoptionWay> {
  throwIfCancelled(options.signal);
  const ways = options.ways ?? ['clone', 'link', 'copy'];
  if (ways.includes('clone') && (await cloneFile(source.path, temporary))) return 'clone';
  if (ways.includes('link') && (await linkedTo(layout, source, temporary))) return 'link';
  if (!ways.includes('copy')) {
    const message = t('{0} cannot be shared with the model store, and copying is not allowed.', source.path);
    throw new ModelError('store-error', message);
  }
  await requireRoom(layout, source, options);
  const { signal, onProgress } = options;
  await guarded('written', layout.ingests, async () => {
    await tryLength(layout, temporary, Number(source.size));
    await copyBytes(source.path, temporary, { signal, onProgress: (bytes) => onProgress?.(bytes / 2) });
  });
  return 'copy';
}

async function tryLength(layout: Layout, temporary: string, size: number): Promise<void> {
  const handle = await open(temporary, 'wx');
  try {
    await requireLength(handle, layout.root, size);
  } finally {
    await handle.close();
    await rm(temporary, { force: true });
  }
}

async function linkedTo(layout: Layout, source: Source, temporary: string): Promise<boolean> {
  try {
    if (!(await isLinkable(layout, source.status))) return false;
    await link(source.path, temporary);
    return true;
  } catch {
    return false; // the copy that follows reports the cause if it fails too
  }
}

async function isLinkable(layout: Layout, { dev, uid, mode }: BigIntStats): Promise<boolean> {
  const store = await stat(layout.ingests, { bigint: true });
  if (dev !== store.dev) return false;
  // Windows has neither an owner nor a mode here.
  if (process.getuid === undefined) return true;
  return uid === BigInt(process.getuid()) && (mode & 0o002n) === 0n;
}

async function requireRoom(layout: Layout, source: Source, options: AdoptOptions): Promise<void> {
  const free = await (options.freeBytes ?? freeBytes)(layout.ingests);
  const needed = Number(source.size);
  if (needed + DISK_MARGIN_BYTES <= free) return;
  const message = t(
    'Not enough disk space in {0}: the copy needs {1} plus a reserve of {2}, and {3} is free. Free some space, or keep models on the disk of {4} with the setting ociModels.storePath.',
    layout.root,
    formatBytes(needed),
    formatBytes(DISK_MARGIN_BYTES),
    formatBytes(free),
    dirname(source.path),
  );
  throw new ModelError('disk-full', message);
}

/** Names the algorithm if no digest is expected. */
const EMPTY_SHA256 = digestOf(new Uint8Array());

/**
 * Hashes the file at `temporary`, which is the one that becomes the blob.
 * @param like a digest of the wanted algorithm.
 */
async function verifiedDigest(
  layout: Layout,
  source: Source,
  temporary: string,
  like: string,
  way: AdoptionWay,
  options: AdoptOptions,
): Promise<string> {
  const { signal, onProgress } = options;
  let hashed = 0;
  const onBytes = (count: number): void => {
    hashed += count;
    onProgress?.(way === 'copy' ? (Number(source.size) + hashed) / 2 : hashed);
  };
  return guarded('read-foreign', way === 'link' ? source.path : layout.ingests, async () => {
    // If a symbolic link took the source's place meanwhile, the hard link is one to it, and it must not be followed.
    const handle = await open(temporary, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const before = await handle.stat({ bigint: true });
      const hash = await (options.hashFile ?? hashFile)(temporary, like, { signal, onBytes });
      if (way !== 'copy') await syncFile(handle, temporary).catch(ignoreReadOnly);
      const after = await handle.stat({ bigint: true });
      const steady =
        hash?.ino === before.ino &&
        before.isFile() &&
        before.size === source.size &&
        after.size === before.size &&
        after.mtimeNs === before.mtimeNs;
      if (steady) return hash.digest;
    } finally {
      await handle.close();
    }
    const message = t(
      'Another program changed {0} while it was read, so it was not imported. Try again when that program is finished.',
      source.path,
    );
    throw new ModelError('store-error', message, { retryable: true });
  });
}

/** Ignores that Windows flushes only writable files; the other program has most likely flushed its own. */
function ignoreReadOnly(error: unknown): void {
  if (!['EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) throw error;
}

interface NewBlob {
  readonly temporary: string;
  readonly digest: string;
  readonly way: AdoptionWay;
  readonly options: AdoptOptions;
}

async function publish({ layout, blobs }: ContentPlace, blob: NewBlob): Promise<void> {
  const { temporary, digest, way, options } = blob;
  await options.onStep?.('publish');
  await publishBlob(layout, blobs, temporary, digest, { isShared: way === 'link' });
}
