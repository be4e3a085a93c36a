/** Deleting a reference, and what it would free. */
import { stat } from 'node:fs/promises';
import { ModelError } from '../base/error.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { ContentItem } from './content.ts';
import { guarded, ifPresent } from './files.ts';
import { writeIndex } from './imageIndex.ts';
import { copiedBytesOf, linkedFiles, setModelAside } from './models.ts';
import { keptDigests } from './needed.ts';
import type { StoreParts } from './parts.ts';
import type { ReferenceEntry, Survey } from './references.ts';
import { Trash } from './trash.ts';

/** What becomes of a model's bytes when it is deleted. */
export interface DeletionPreview {
  /** Bytes that the disk gets back. */
  readonly freedBytes: number;
  /** Bytes that stay, because other models, running pulls or files elsewhere on the disk need them. */
  readonly sharedBytes: number;
}

/** @throws ModelError `not-found`, `store-error`. */
export async function previewDeletion(parts: StoreParts, reference: Reference): Promise<DeletionPreview> {
  const entry = await parts.references.get(reference);
  if (entry === undefined) throw notStored(reference);
  const { entries, damaged } = await parts.references.survey();
  const others = entries.filter(({ fileName }) => fileName !== entry.fileName);
  const kept = await keptDigests(parts, { entries: others, damaged });
  let freedBytes = await copiedBytesOf(parts.layout, reference);
  let sharedBytes = 0;
  for (const { digest } of await contentOrOwn(parts, entry)) {
    const path = parts.layout.blob(digest);
    const status = await guarded('read', path, () => ifPresent(stat(path)));
    if (status === undefined) continue;
    const ours =
      kept === undefined || kept.has(digest) ? 0 : await linkedFiles(parts.layout, entry.stored, digest);
    const goes = kept !== undefined && !kept.has(digest) && status.nlink <= 1 + ours;
    if (goes) freedBytes += status.size;
    else sharedBytes += status.size;
  }
  return { freedBytes, sharedBytes };
}

/** @returns bytes that the disk got back. @throws ModelError `not-found`, `store-busy`, `store-error`. */
export async function deleteReference(parts: StoreParts, reference: Reference): Promise<number> {
  const { layout, references } = parts;
  const trash = new Trash(layout);
  const change = async (): Promise<number> => {
    const entry = await references.get(reference);
    if (entry === undefined) throw notStored(reference);
    const content = await contentOrOwn(parts, entry);
    const aside = await setModelAside(layout, reference);
    await references.delete(reference);
    await aside.remove();
    const survey = await references.survey();
    await writeIndex(layout, survey.entries);
    await references.remember(survey);
    return aside.copiedBytes + (await discardUnneeded(parts, content, survey, trash));
  };
  try {
    return await parts.locked(change);
  } finally {
    await trash.empty();
  }
}

/**
 * Moves what nothing needs of `content` to the trash, the quarantined copies too. The caller has the store's
 * lock and has changed the references already.
 * @param survey what is in `refs/` now.
 * @returns the bytes of it.
 */
export async function discardUnneeded(
  parts: StoreParts,
  content: readonly ContentItem[],
  survey: Survey,
  trash: Trash,
): Promise<number> {
  const kept = await keptDigests(parts, survey);
  if (kept === undefined) return 0;
  let freed = 0;
  for (const { digest } of content) {
    if (kept.has(digest)) continue;
    freed += (await trash.take(parts.layout.blob(digest))) ?? 0;
    freed += (await trash.take(parts.layout.quarantined(digest))) ?? 0;
  }
  return freed;
}

/** All content of a reference; where its manifest is unreadable, the part that is known without it. */
export async function contentOrOwn(
  parts: StoreParts,
  entry: ReferenceEntry,
): Promise<readonly ContentItem[]> {
  try {
    return await parts.references.contentOf(entry);
  } catch (error) {
    parts.log.warn(`The manifest of ${entry.id} is unreadable: ${String(error)}`);
    const digests = new Set([
      entry.stored.manifest.digest,
      ...entry.stored.files.map(({ digest }) => digest),
    ]);
    return [...digests].map((digest) => ({ digest, size: 0 }));
  }
}

function notStored(reference: Reference): ModelError {
  const message = `${formatReference(reference)} is not in the model store; nothing was removed.`;
  return new ModelError('not-found', message);
}
