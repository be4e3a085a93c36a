/** The folders in `models/`: a model's files under the names that llama.cpp expects, as links to the blobs. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Reference } from '../oci/reference.ts';
import { guarded, ifPresent, isSameFile, linkFile, renameFile, syncDirectory } from './files.ts';
import type { Layout } from './layout.ts';
import type { StoredFile, StoredReference } from './references.ts';

/** Gives every file its name, in place of an older file of that name. */
export async function linkModel(
  layout: Layout,
  reference: Reference,
  files: readonly StoredFile[],
): Promise<void> {
  // All names are checked before the first one is made.
  const links = files.map((file) => ({
    path: layout.modelFile(reference, file.name),
    blob: layout.blob(file.digest),
  }));
  for (const { path, blob } of links) {
    await guarded('written', path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await linkFile(blob, path);
      await syncDirectory(dirname(path));
    });
  }
}

/** Removes the names of an earlier version of the model that `files` does not have any more. */
export async function pruneModel(
  layout: Layout,
  reference: Reference,
  files: readonly StoredFile[],
): Promise<void> {
  const folder = layout.model(reference);
  const wanted = new Set(files.map((file) => file.name));
  for (const name of await filesBelow(folder)) {
    if (wanted.has(name)) continue;
    const path = join(folder, name);
    await guarded('removed', path, () => rm(path, { force: true }));
  }
}

/** A model's folder that was moved aside, so that it goes as a whole or not at all. */
export interface SetAside {
  /** Bytes of copies in it, which no blob shares. */
  readonly copiedBytes: number;
  remove(): Promise<void>;
}

/**
 * Moves a model's folder aside. On Windows that fails while one of the files is open, before anything is
 * lost.
 * @throws ModelError `store-error`.
 */
export async function setModelAside(layout: Layout, reference: Reference): Promise<SetAside> {
  const folder = layout.model(reference);
  const aside = join(layout.ingests, `tmp-${randomUUID()}`);
  const copiedBytes = await copiedBytesOf(layout, reference);
  await guarded('removed (unload the model first where it is in use)', folder, () =>
    ifPresent(renameFile(folder, aside)),
  );
  return {
    copiedBytes,
    remove: () => guarded('removed', aside, () => rm(aside, { recursive: true, force: true })),
  };
}

/** Relative paths with `/` of all files below `folder`. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await guarded('read', folder, () =>
    ifPresent(readdir(folder, { recursive: true, withFileTypes: true })),
  );
  return (entries ?? [])
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}

/** Bytes of the copies among a model's named files, which no blob shares. */
export async function copiedBytesOf(layout: Layout, reference: Reference): Promise<number> {
  const folder = layout.model(reference);
  let bytes = 0;
  for (const name of await filesBelow(folder)) {
    const status = await guarded('read', folder, () => ifPresent(stat(join(folder, name))));
    if (status !== undefined && status.nlink === 1) bytes += status.size;
  }
  return bytes;
}

/** How many of a model's names are links to the blob of `digest`. */
export async function linkedFiles(layout: Layout, stored: StoredReference, digest: string): Promise<number> {
  let count = 0;
  for (const file of stored.files) {
    if (file.digest !== digest) continue;
    const path = layout.modelFile(stored.reference, file.name);
    if (await guarded('read', path, () => isSameFile(layout.blob(digest), path))) count++;
  }
  return count;
}

/** Removes a model's names of `digest`, links to its blob and copies of it. */
export async function unlinkFiles(layout: Layout, stored: StoredReference, digest: string): Promise<void> {
  for (const file of stored.files) {
    if (file.digest !== digest) continue;
    const path = layout.modelFile(stored.reference, file.name);
    await guarded('removed (unload the model first where it is in use)', path, () =>
      rm(path, { force: true }),
    );
  }
}

/** A file of a stored model on the disk. */
export interface FoundFile {
  /** Of its blob, bytes; undefined where that is missing. */
  readonly blobBytes: number | undefined;
  /** Whether it has its name, with as many bytes as its blob. */
  readonly isThere: boolean;
}

/** Looks for a file under its own name, and for its blob. */
export async function findFile(
  layout: Layout,
  reference: Reference,
  { name, digest }: StoredFile,
): Promise<FoundFile> {
  const path = layout.modelFile(reference, name);
  const [blob, file] = await guarded('read', path, () =>
    Promise.all([ifPresent(stat(layout.blob(digest))), ifPresent(stat(path))]),
  );
  const blobBytes = blob?.isFile() === true ? blob.size : undefined;
  const isThere = blobBytes !== undefined && file?.isFile() === true && file.size === blobBytes;
  return { blobBytes, isThere };
}

/** Whether each file has its name, with as many bytes as its blob. */
export async function areFilesThere(layout: Layout, { reference, files }: StoredReference): Promise<boolean> {
  for (const file of files) {
    if (!(await findFile(layout, reference, file)).isThere) return false;
  }
  return true;
}
