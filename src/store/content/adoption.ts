/**
 * Content that another program has on this disk becomes a blob of the store, without a download.
 *
 * Three ways, the first that works: a clone (shares the disk blocks, but is a file of its own), a hard link (the
 * same file under a second name), a copy. What is verified is always what will be the blob, and never the other
 * program's name for it:
 *
 *   clone, copy   made under a name that nobody else knows, hashed there, then moved to its place. Whatever
 *                 happens to the source meanwhile is not in it, or makes another digest.
 *   link          the name is ours, so that no program can put another file in its place. A program may still
 *                 write into the file, because it is the same one: so its size and the time of its last change,
 *                 asked through an open handle, must be the same before and after hashing. The time of the last
 *                 change of the inode is not looked at, because another window that links the same file changes
 *                 that. A program that writes into the file later is found by verifying the store; the tools
 *                 that are known only replace and remove their files. A file that other users may write, or that
 *                 belongs to another one, is copied.
 *
 * The other program's file is opened for reading only. A hard link shares the file's mode too, so that stays as it
 * is, where other blobs are read-only.
 *
 * No lock is needed: whoever is second moves the same content over the same name.
 */
import { type BigIntStats, constants } from 'node:fs';
import { link, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DISK_MARGIN_BYTES, freeBytes } from '../../base/diskSpace.ts';
import { ModelError, systemErrorCode, throwIfCancelled } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
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

/** How content came into the store; `present` where it was there already. */
export type AdoptionWay = 'clone' | 'link' | 'copy' | 'present';

export interface AdoptOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with bytes of the file that are done, up to its size. A copy counts half, verifying it the rest. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Hashes the content; in this thread where absent. */
  readonly hashFile?: HashFile | undefined;
  /** The ways to try, in this order; clone, link and copy where absent. */
  readonly ways?: readonly Exclude<AdoptionWay, 'present'>[] | undefined;
  /** Bytes that may be written on the disk of a folder; the file system's answer where absent. */
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
 * @throws ModelError `not-found` where there is no such file, `size-mismatch` and `digest-mismatch` where it has
 * another content, `disk-full`, `cancelled`, `store-error`. The store is then as it was.
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
    const message = `${path} has ${source.size} bytes in place of the ${descriptor.size} of ${shortDigest(descriptor.digest)}, so it was not taken.`;
    throw new ModelError('size-mismatch', message);
  }
  return withTemporary(layout, async (temporary) => {
    const way = await bring(layout, source, temporary, options);
    const digest = await verifiedDigest(source, temporary, descriptor.digest, way, options);
    if (digest !== descriptor.digest) {
      const message = `${path} is not what its name or place says: it has the digest ${shortDigest(digest)} in place of ${shortDigest(descriptor.digest)}. It was not taken.`;
      throw new ModelError('digest-mismatch', message);
    }
    await publish(place, { temporary, digest, way, options });
    return { way };
  });
}

/**
 * Makes a file of which nobody said the digest a blob.
 * @param mediaType of the descriptor that comes back.
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
    const digest = await verifiedDigest(source, temporary, EMPTY_SHA256, way, options);
    const descriptor = { mediaType, digest, size: Number(source.size) };
    if (await blobs.has(descriptor, options.signal)) return { descriptor, way: 'present' };
    await publish(place, { temporary, digest, way, options });
    return { descriptor, way };
  });
}

/** Whether the file at `path` can be in the store without room of its own, as a hard link. Does not look at clones. */
export async function canBeLinked(layout: Layout, path: string): Promise<boolean> {
  try {
    return await isLinkable(layout, await stat(path, { bigint: true }));
  } catch {
    return false; // gone or unreadable: who takes it then says so
  }
}

interface Source {
  /** The file itself, where the name was a symbolic link. */
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
      const message = `${path} cannot be read (${systemErrorCode(error) ?? 'unknown error'}), so it was not taken.`;
      throw new ModelError('store-error', message, { cause: error });
    }
  }
  throw new ModelError('not-found', `${path} is not there any more, or is not a file, so it was not taken.`);
}

/** Runs `work` with a name in the store where nothing is, and where nothing is afterwards. */
async function withTemporary<T>(layout: Layout, work: (temporary: string) => Promise<T>): Promise<T> {
  await isFolder(layout.ingests);
  const temporary = layout.temporary();
  try {
    return await work(temporary);
  } finally {
    // After success too: a move onto another name of the same file does nothing, and leaves this one.
    await guarded('removed', temporary, () => rm(temporary, { force: true }));
  }
}

/** Brings the content to `temporary`, which is on the store's disk. */
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
    throw new ModelError(
      'store-error',
      `${source.path} could not be shared with the store, and is not copied.`,
    );
  }
  await requireRoom(layout, source, options);
  await guarded('copied', source.path, () => tryLength(layout, temporary, Number(source.size)));
  const { signal, onProgress } = options;
  await guarded('copied', source.path, () =>
    copyBytes(source.path, temporary, { signal, onProgress: (bytes) => onProgress?.(bytes / 2) }),
  );
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
    return false; // a copy is made then, and says what is wrong where that fails too
  }
}

async function isLinkable(layout: Layout, { dev, uid, mode }: BigIntStats): Promise<boolean> {
  const store = await stat(layout.ingests, { bigint: true });
  if (dev !== store.dev) return false;
  // Windows has neither the owner nor the mode here.
  if (process.getuid === undefined) return true;
  return uid === BigInt(process.getuid()) && (mode & 0o002n) === 0n;
}

async function requireRoom(layout: Layout, source: Source, options: AdoptOptions): Promise<void> {
  const free = await (options.freeBytes ?? freeBytes)(layout.ingests);
  const needed = Number(source.size);
  if (needed + DISK_MARGIN_BYTES <= free) return;
  const message = `The disk of ${layout.root} has not enough room: ${formatBytes(needed)} are to be copied, ${formatBytes(DISK_MARGIN_BYTES)} are left free for other programs, and ${formatBytes(free)} are free. Free some space, or keep models on the disk of ${dirname(source.path)} with the setting ociModels.storePath.`;
  throw new ModelError('disk-full', message);
}

/** Stands for its algorithm where nobody said what digest there should be. */
const EMPTY_SHA256 = digestOf(new Uint8Array());

/**
 * The digest of what lies at `temporary`, and would be in the store.
 * @param like a digest of the algorithm that is wanted.
 */
async function verifiedDigest(
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
  return guarded('read', source.path, async () => {
    // A symbolic link that was put in the source's place has been linked as such: it is not followed.
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
    const message = `${source.path} was changed by another program while it was read, so it was not taken. Try again when that program is finished.`;
    throw new ModelError('store-error', message, { retryable: true });
  });
}

/** Windows brings only files to the disk that may be written. The other program has done so, most likely. */
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
