/** Prepares the files of a model for use: restores their names, and checks that they are unchanged. */
import type { BigIntStats } from 'node:fs';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { familiarReference, type Reference } from '../../oci/spec/reference.ts';
import { isUnchanged, readNames, recordFound, stampOf } from '../content/records.ts';
import { isSameFile } from '../disk/files.ts';
import { fileStatus } from '../disk/ownFiles.ts';
import { findFile } from './foundFiles.ts';
import { addNames, linkModel } from './models.ts';
import type { StoredFile, StoredReference } from './references.ts';
import type { StoreParts } from './storeParts.ts';

/** A file of a stored model, under its own name. */
export interface NamedFile {
  /** A relative path with `/`, as the artifact names it. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * Returns the files of a model under their own names. Missing names are restored, and so are files of ours with another
 * size than their blob.
 * @throws ModelError `not-found` if the model or its content is not stored, `store-error`, `store-busy`, `disk-full` on a
 * disk without links.
 */
export async function restoreFiles(parts: StoreParts, reference: Reference): Promise<NamedFile[]> {
  const stored = await requireStored(parts, reference);
  const files = await Promise.all(stored.files.map((file) => namedFile(parts, stored, file)));
  const missing = stored.files.filter((_, index) => files[index]?.isThere === false);
  // A read-only store has its names, and takes no lock.
  if (missing.length > 0) await nameAgain(parts, stored, missing);
  return files.map(({ name, path, sizeBytes }) => ({ name, path, sizeBytes }));
}

async function nameAgain(
  parts: StoreParts,
  { reference }: StoredReference,
  missing: readonly StoredFile[],
): Promise<void> {
  for (const { digest } of missing) {
    const size = (await parts.blobs.size(digest)) ?? 0;
    if (!(await parts.blobs.has({ mediaType: '', digest, size }))) throw changedError(reference);
  }
  await parts.locked(async (held) => {
    await held.step('link');
    await linkModel(parts.layout, reference, missing);
  });
}

export interface CheckFilesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called before each file that has to be hashed, which takes seconds for each ten gigabytes. */
  readonly onHash?: (() => void) | undefined;
}

/**
 * Checks that a model's files are unchanged since they were verified, by size, time and inode. Those that differ or have
 * no record are hashed, because another program may have changed or replaced them.
 * @throws ModelError `digest-mismatch` if a file has other content, `not-found` if the model or a file is missing,
 * `cancelled`, `store-error`.
 */
export async function checkFiles(
  parts: StoreParts,
  reference: Reference,
  options: CheckFilesOptions = {},
): Promise<void> {
  const stored = await requireStored(parts, reference);
  const names = (await readNames(parts.layout, reference)) ?? [];
  for (const file of stored.files) {
    const stamp = names.find(({ name }) => name === file.name)?.stamps[0];
    const path = parts.layout.modelFile(reference, file.name);
    const status = await fileStatus(path);
    if (status === undefined) throw missingFileError(reference, file);
    const isLink = await isSameFile(path, parts.layout.blob(file.digest));
    if (
      isLink
        ? await parts.blobs.isVerified({ digest: file.digest, size: Number(status.size) })
        : isUnchanged(stamp, status)
    )
      continue;
    options.onHash?.();
    const hashed = await parts.hashFile(path, file.digest, { signal: options.signal });
    const after = await fileStatus(path);
    const isSame = hashed?.digest === file.digest && hashed.ino === after?.ino;
    if (!isSame || after === undefined) throw changedError(reference);
    // Recorded only if the file did not change during hashing. A read-only store is hashed again the next time.
    const isSteady = JSON.stringify(stampOf(after)) === JSON.stringify(stampOf(status));
    if (isSteady) await remember(parts, reference, file, isLink, after);
  }
}

/** Records the file, so that it is not hashed again the next time. */
async function remember(
  parts: StoreParts,
  reference: Reference,
  { name, digest }: StoredFile,
  isLink: boolean,
  status: BigIntStats,
): Promise<void> {
  const { layout, log } = parts;
  const stamps = [stampOf(status)];
  try {
    if (isLink) await recordFound(layout, digest, status);
    else await parts.locked(() => addNames(layout, reference, [{ name, stamps }]), { waitMs: 0 });
  } catch (error) {
    log.debug(`That ${name} is good is not written down: ${String(error)}`);
  }
}

async function requireStored(parts: StoreParts, reference: Reference): Promise<StoredReference> {
  const stored = (await parts.references.get(reference))?.stored;
  if (stored !== undefined) return stored;
  throw notStoredError(reference);
}

/** Returns the error of a model that is not in the store. */
export function notStoredError(reference: Reference): ModelError {
  const message = t('{0} is not in the model store. Pull it first.', familiarReference(reference));
  return new ModelError('not-found', message);
}

async function namedFile(
  { layout }: StoreParts,
  { reference }: StoredReference,
  file: StoredFile,
): Promise<NamedFile & { readonly isThere: boolean }> {
  const { name } = file;
  const { blobBytes, isThere } = await findFile(layout, reference, file);
  if (blobBytes === undefined) throw missingFileError(reference, file);
  return { name, path: layout.modelFile(reference, name), sizeBytes: blobBytes, isThere };
}

function missingFileError(reference: Reference, { name }: StoredFile): ModelError {
  const message = t(
    'The file {0} of {1} is no longer in the model store. Pull the model again.',
    name,
    familiarReference(reference),
  );
  return new ModelError('not-found', message);
}

function changedError(reference: Reference): ModelError {
  const message = t(
    '{0} was changed on this disk after it was verified, so it is not used. Verify it, then pull it again.',
    familiarReference(reference),
  );
  return new ModelError('digest-mismatch', message);
}
