/** Looks for a model's files under their own names, without touching them. */
import type { Reference } from '../../oci/spec/reference.ts';
import type { Layout } from '../disk/layout.ts';
import { fileStatus } from '../disk/ownFiles.ts';
import type { StoredFile, StoredReference } from './references.ts';

/** A file of a stored model on the disk. */
export interface FoundFile {
  /** Bytes of its blob, or undefined if the blob is missing. */
  readonly blobBytes: number | undefined;
  /** True if it exists under its name, with as many bytes as its blob. */
  readonly isThere: boolean;
}

/** Looks for a file under its own name, and for its blob. */
export async function findFile(
  layout: Layout,
  reference: Reference,
  { name, digest }: StoredFile,
): Promise<FoundFile> {
  const path = layout.modelFile(reference, name);
  const [blob, file] = await Promise.all([fileStatus(layout.blob(digest)), fileStatus(path)]);
  const blobBytes = blob === undefined ? undefined : Number(blob.size);
  const isThere = blob !== undefined && file !== undefined && file.size === blob.size;
  return { blobBytes, isThere };
}

/** Tells whether each file exists under its name, with as many bytes as its blob. */
export async function areFilesThere(layout: Layout, { reference, files }: StoredReference): Promise<boolean> {
  for (const file of files) {
    if (!(await findFile(layout, reference, file)).isThere) return false;
  }
  return true;
}
