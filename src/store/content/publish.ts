/** Gives content its name, the only way for a file into `blobs/`. */
import { chmod, link, lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import { NO_HARD_LINK, withCapability } from '../disk/capabilities.ts';
import { copyBytes } from '../disk/fileCopy.ts';
import { guarded, ifPresent, removeFile, renameFile, syncDirectory } from '../disk/files.ts';
import { foreignError } from '../disk/foreign.ts';
import type { Layout } from '../disk/layout.ts';
import { fileStatus, isFree, makeFolder } from '../disk/ownFiles.ts';
import { forgetBlob, isOwnBlobFile, ownBlob, recordBlob } from './records.ts';

/**
 * The mode of content. It is read-only, because the links in models/ are the same file and a tool that edits one in
 * place would damage the store. On Windows the attribute would block deletion.
 */
export const BLOB_MODE = process.platform === 'win32' ? 0o666 : 0o444;

/** @throws ModelError `store-error` if a file that this store did not make is in the place of the content. */
export async function requireOwnPlace(layout: Layout, digest: string): Promise<void> {
  const path = layout.blob(digest);
  if (await isFree(path)) return;
  if ((await ownBlob(layout, digest)) === undefined) throw foreignError(path);
}

/** Checks content that already has its name. */
export interface ContentCheck {
  /** Tells whether the content is present and verified. */
  has(descriptor: Descriptor): Promise<boolean>;
}

export interface PublishOptions {
  /** True if the file also belongs to another program, so that its mode must not change. */
  readonly isShared?: boolean;
}

/**
 * Turns a file into content, after it was verified and flushed. An existing file with the right digest stays, whoever
 * made it; a damaged one of ours is replaced.
 * @param temporary a path in the store that nobody else knows.
 * @throws ModelError `store-error` if a foreign file is in the way, `disk-full`.
 */
export async function publishBlob(
  layout: Layout,
  blobs: ContentCheck,
  temporary: string,
  digest: string,
  { isShared = false }: PublishOptions = {},
): Promise<void> {
  const path = layout.blob(digest);
  await makeFolder(layout.root, dirname(path));
  const [status, there] = await Promise.all([
    guarded('read', temporary, () => lstat(temporary, { bigint: true })),
    fileStatus(path),
  ]);
  if (!isShared && (Number(status.mode) & 0o777) !== BLOB_MODE)
    await guarded('written', path, () => makeReadOnly(temporary));
  if (there !== undefined) {
    // Good content stays, because another process may just be reading it.
    if (await blobs.has({ mediaType: '', digest, size: Number(status.size) })) {
      await guarded('removed', temporary, () => rm(temporary, { force: true }));
      return;
    }
    if (!(await isOwnBlobFile(layout, digest, there))) throw foreignError(path);
  }
  // A file that appeared since then comes from another process and has the same content.
  if (there === undefined && !(await isFree(path)) && (await fileStatus(path)) === undefined)
    throw foreignError(path);
  await recordBlob(layout, digest, status);
  await guarded('written', path, async () => {
    try {
      // The slower of two processes leaves the file of the faster one.
      if (there !== undefined || !(await linkInto(temporary, path))) await renameFile(temporary, path);
    } catch (error) {
      if (systemErrorCode(error) !== 'EXDEV') throw error;
      await moveAcross(layout, temporary, digest);
    }
    await syncDirectory(dirname(path));
  });
}

/** @returns false on a file system without links. */
async function linkInto(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EXDEV') throw error;
    if (code !== 'EEXIST') {
      if (NO_HARD_LINK.includes(code)) return false;
      throw error;
    }
  }
  await removeFile(temporary);
  return true;
}

async function makeReadOnly(path: string): Promise<void> {
  await withCapability('modes', path, () => chmod(path, BLOB_MODE));
}

/** Moves a file to `blobs/` on another disk. */
async function moveAcross(layout: Layout, temporary: string, digest: string): Promise<void> {
  const path = layout.blob(digest);
  const near = layout.temporary(dirname(path));
  try {
    await copyBytes(temporary, near, {});
    await makeReadOnly(near);
    await recordBlob(layout, digest, await lstat(near, { bigint: true }));
    await renameFile(near, path);
  } catch (error) {
    await rm(near, { force: true });
    throw error;
  }
  await rm(temporary, { force: true });
}

/** Removes content that is known to be damaged, even if it is needed. @throws ModelError `store-error` if not ours. */
export async function removeBlob(layout: Layout, digest: string): Promise<void> {
  const path = layout.blob(digest);
  if (await isFree(path)) return;
  if ((await ownBlob(layout, digest)) === undefined) throw foreignError(path);
  await guarded('removed', path, async () => {
    await rm(path, { force: true });
    await ifPresent(syncDirectory(dirname(path)));
  });
  await forgetBlob(layout, digest);
}

/** Returns the error of content that has to be pulled again. */
export function missingError(digest: string): ModelError {
  const message = t(
    'A file of the model ({0}) is no longer in the store. Pull the model again to restore it.',
    shortDigest(digest),
  );
  return new ModelError('store-error', message, { retryable: true });
}
