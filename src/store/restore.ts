/** Putting back the names in `models/` that somebody removed. */
import { ModelError } from '../base/error.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { findFile, linkModel } from './models.ts';
import type { StoreParts } from './parts.ts';
import type { StoredFile, StoredReference } from './references.ts';

/** A file of a stored model, under its own name. */
export interface NamedFile {
  /** A relative path with `/`, as the artifact names it. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/**
 * The files of a model under their own names. One that is missing, or has another size than its blob, gets its
 * name again.
 * @throws ModelError `not-found` where the model or its content is not stored, `store-error`, `store-busy`,
 * `disk-full` where the disk has no links.
 */
export async function restoreFiles(parts: StoreParts, reference: Reference): Promise<NamedFile[]> {
  const id = formatReference(reference);
  const stored = (await parts.references.get(reference))?.stored;
  if (stored === undefined) {
    throw new ModelError('not-found', `${id} is not in the model store. Pull it first.`);
  }
  const files = await Promise.all(stored.files.map((file) => namedFile(parts, stored, file)));
  const missing = stored.files.filter((_, index) => files[index]?.isThere === false);
  // A store that may only be read has its names, and needs no lock.
  if (missing.length > 0) await parts.locked(() => linkModel(parts.layout, reference, missing));
  return files.map(({ name, path, sizeBytes }) => ({ name, path, sizeBytes }));
}

async function namedFile(
  { layout }: StoreParts,
  { reference }: StoredReference,
  file: StoredFile,
): Promise<NamedFile & { readonly isThere: boolean }> {
  const { name } = file;
  const { blobBytes, isThere } = await findFile(layout, reference, file);
  if (blobBytes === undefined) {
    const message = `${name} of ${formatReference(reference)} is not in the model store any more. Pull the model again.`;
    throw new ModelError('not-found', message);
  }
  return { name, path: layout.modelFile(reference, name), sizeBytes: blobBytes, isThere };
}
