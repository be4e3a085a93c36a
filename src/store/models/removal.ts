/** Deletes references, and previews the disk space that this frees. */
import type { BigIntStats } from 'node:fs';
import { inBatches } from '../../base/batches.ts';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { familiarReference, formatReference, type Reference } from '../../oci/spec/reference.ts';
import type { ContentItem } from '../content/content.ts';
import type { HeldLock } from '../content/heldLock.ts';
import {
  isMaybeOwnBlob,
  isOlderFile,
  isOwnBlobFile,
  isVerifiedFile,
  type NameRecord,
  ownBlob,
  ownQuarantined,
  recordBlob,
} from '../content/records.ts';
import type { Trash } from '../content/trash.ts';
import type { Layout } from '../disk/layout.ts';
import { fileStatus, isFree } from '../disk/ownFiles.ts';
import { changeWithTrash } from './change.ts';
import { addNames, copiedBytesOf, linkedFiles, recordCopies, takeModel } from './models.ts';
import { keptBesides, keptDigests, neededBy } from './needed.ts';
import type { ReferenceEntry, Survey } from './references.ts';
import type { StoreParts } from './storeParts.ts';

/** The effect of deleting a model. */
export interface DeletionPreview {
  /** Bytes that are freed. */
  readonly freedBytes: number;
  /** Bytes that stay, because other models, running pulls or files elsewhere on the disk share them. */
  readonly sharedBytes: number;
}

/** Models whose files are looked at concurrently. */
const BATCH = 8;

/** @throws ModelError `not-found`, `store-error`. */
export async function previewDeletion(parts: StoreParts, reference: Reference): Promise<DeletionPreview> {
  const [preview] = await previewDeletions(parts, [reference]);
  if (preview === undefined) throw notStored(reference);
  return preview;
}

/**
 * Previews the deletion of each of several models alone. All references are read once, however many are asked for.
 * @returns a preview for each reference; undefined for one that is not stored.
 * @throws ModelError `store-error`.
 */
export async function previewDeletions(
  parts: StoreParts,
  references: readonly Reference[],
): Promise<(DeletionPreview | undefined)[]> {
  const survey = await parts.references.survey();
  const entries = new Map(survey.entries.map((entry) => [entry.id, entry]));
  const staysWithout = await staysIn(parts, survey);
  return inBatches(references, BATCH, async (reference) => {
    const entry = entries.get(formatReference(reference));
    return entry === undefined ? undefined : previewOf(parts, entry, staysWithout(entry));
  });
}

/** Tells of content if it must stay in the store. */
type Stays = (digest: string) => boolean;

/** Returns what tells, for each reference, which content the others, leases and other tools need. */
async function staysIn(parts: StoreParts, survey: Survey): Promise<(entry: ReferenceEntry) => Stays> {
  const besides = await keptBesides(parts, survey);
  const needed = new Map<ReferenceEntry, ReadonlySet<string>>();
  const users = new Map<string, number>();
  for (const entry of besides === undefined ? [] : survey.entries) {
    const digests = await neededBy(parts, entry);
    if (digests === undefined) continue;
    needed.set(entry, digests);
    for (const digest of digests) users.set(digest, (users.get(digest) ?? 0) + 1);
  }
  return (entry) => {
    const own = needed.get(entry);
    const unreadable = survey.entries.length - needed.size - (own === undefined ? 1 : 0);
    if (besides === undefined || unreadable > 0) return () => true;
    return (digest) => besides.has(digest) || (users.get(digest) ?? 0) > (own?.has(digest) === true ? 1 : 0);
  };
}

async function previewOf(parts: StoreParts, entry: ReferenceEntry, stays: Stays): Promise<DeletionPreview> {
  const { layout } = parts;
  let freedBytes = await copiedBytesOf(layout, entry.stored);
  let sharedBytes = 0;
  for (const { digest } of await contentOrOwn(parts, entry)) {
    const status = await fileStatus(layout.blob(digest));
    if (status === undefined) continue;
    const mayGo = !stays(digest) && (await isOursSoFar(layout, digest, status));
    const ours = mayGo ? await linkedFiles(layout, entry.stored, digest) : 0;
    if (mayGo && status.nlink <= 1 + ours) freedBytes += Number(status.size);
    else sharedBytes += Number(status.size);
  }
  return { freedBytes, sharedBytes };
}

/** Tells whether content is ours, or may prove to be when it is hashed. */
async function isOursSoFar(layout: Layout, digest: string, status: BigIntStats): Promise<boolean> {
  const looks = [isOwnBlobFile, isMaybeOwnBlob, (of: Layout) => isOlderFile(of, status)];
  for (const look of looks) if (await look(layout, digest, status)) return true;
  return false;
}

/**
 * Makes missing records of a model's content and of its names in `models/`, as far as their digests prove that this
 * store or an older version of this extension made them. It hashes files, so it runs before the store's lock is taken.
 * @returns the names that have yet to be recorded under the lock.
 */
export async function prove(parts: StoreParts, entry: ReferenceEntry): Promise<NameRecord[]> {
  const { layout, blobs } = parts;
  for (const { digest } of await contentOrOwn(parts, entry)) {
    const size = await blobs.size(digest);
    if (size === undefined || (await ownBlob(layout, digest)) !== undefined) continue;
    const path = layout.blob(digest);
    if (!(await blobs.has({ mediaType: '', digest, size }))) {
      parts.log.warn(`${path} is not what its name says, and OCI Models did not make it.`);
      continue;
    }
    const status = await fileStatus(path);
    if (status === undefined || !(await isOlderFile(layout, status))) continue;
    if (await isVerifiedFile(layout, digest, status)) await recordBlob(layout, digest, status);
  }
  return recordCopies(layout, entry.stored, parts.hashFile);
}

export interface DeletionOptions {
  /** The expected manifest of the reference; if it has another one by now, nothing is removed. */
  readonly onlyManifest?: string | undefined;
  /** Runs the change, after all hashing is done, so that another store can be checked under its own lock. */
  readonly within?: (<T>(change: () => Promise<T>) => Promise<T>) | undefined;
}

/** @returns the bytes that were freed. @throws ModelError `not-found`, `store-busy`, `store-error`. */
export async function deleteReference(
  parts: StoreParts,
  reference: Reference,
  { onlyManifest, within = (change) => change() }: DeletionOptions = {},
): Promise<number> {
  const { layout, references, index } = parts;
  const known = await references.get(reference);
  if (known === undefined) throw notStored(reference);
  const copies = await prove(parts, known);
  const change = async (held: HeldLock, trash: Trash): Promise<void> => {
    const entry = await references.get(reference);
    if (entry === undefined) throw notStored(reference);
    if (onlyManifest !== undefined && entry.stored.manifest.digest !== onlyManifest) return;
    const content = await contentOrOwn(parts, entry);
    await addNames(layout, reference, copies);
    await takeModel(layout, entry.stored, trash, () => held.step('take-name'));
    await held.step('remove-reference');
    await references.delete(reference, trash);
    const survey = await references.survey();
    await held.step('write-index');
    await index.write(survey.entries);
    await references.remember(survey);
    await discardUnneeded(parts, { content, survey, held, trash });
  };
  const { freedBytes } = await within(() => changeWithTrash(parts, change));
  return freedBytes;
}

/** Arguments of {@link discardUnneeded}. */
export interface DiscardOptions {
  readonly content: readonly ContentItem[];
  /** The current contents of `refs/`. */
  readonly survey: Survey;
  readonly held: HeldLock;
  readonly trash: Trash;
}

/**
 * Moves content that nothing needs to the trash, including quarantined copies. The caller has already changed the
 * references.
 */
export async function discardUnneeded(parts: StoreParts, options: DiscardOptions): Promise<void> {
  const { content, survey, held, trash } = options;
  const kept = await keptDigests(parts, survey);
  if (kept === undefined) return;
  for (const { digest } of content) {
    if (kept.has(digest)) continue;
    await held.step('discard');
    await takeContent(parts, digest, trash);
  }
}

/** Moves content and its damaged copy to the trash, if this store made them. */
export async function takeContent({ layout, log }: StoreParts, digest: string, trash: Trash): Promise<void> {
  const blob = await ownBlob(layout, digest);
  const path = layout.blob(digest);
  if (blob !== undefined) await trash.take(path, blob, { record: layout.blobRecord(digest) });
  else if (!(await isFree(path))) log.warn(`${path} is left alone, because OCI Models did not make it.`);
  const damaged = await ownQuarantined(layout, digest);
  const record = layout.quarantineRecord(digest);
  if (damaged !== undefined) await trash.take(layout.quarantined(digest), damaged, { record });
}

/** Returns all content of a reference or, if its manifest is unreadable, the part that is known without it. */
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
  const message = t('{0} is not in the model store, so nothing was removed.', familiarReference(reference));
  return new ModelError('not-found', message);
}
