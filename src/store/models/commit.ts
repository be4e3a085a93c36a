/** Commits a model whose blobs are in the store. */
import { inBatches } from '../../base/batches.ts';
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { Reference } from '../../oci/spec/reference.ts';
import { type ContentItem, contentOf, imageOf } from '../content/content.ts';
import type { HeldLock } from '../content/heldLock.ts';
import { missingError } from '../content/publish.ts';
import { ownQuarantined } from '../content/records.ts';
import type { Trash } from '../content/trash.ts';
import { namesIn } from '../disk/files.ts';
import { digestOfName } from '../disk/layout.ts';
import { changeWithTrash } from './change.ts';
import { addNames, linkModel, pruneModel, recordCopies } from './models.ts';
import type { ReferenceEntry, StoredFile, StoredLayer, Survey } from './references.ts';
import { contentOrOwn, discardUnneeded } from './removal.ts';
import type { StoreParts } from './storeParts.ts';

/** A model that can be committed, because all of its blobs are in the store. */
export interface CommittedModel {
  readonly reference: Reference;
  readonly manifest: Descriptor;
  /** The manifest as the registry sent it. */
  readonly manifestBytes: Uint8Array;
  /** The files that get a name in `models/`; each is a layer of the manifest, or a member of one. */
  readonly files: readonly StoredFile[];
  /** The layers of which only the files are kept. Defaults to none. */
  readonly unpacked?: readonly StoredLayer[] | undefined;
  /** Milliseconds since 1970. Defaults to now. */
  readonly pulledAt?: number | undefined;
}

/** Implements {@link ModelStore.commitModel}. */
export async function commitModel(
  parts: StoreParts,
  model: CommittedModel,
  signal?: AbortSignal,
): Promise<void> {
  const { layout, references } = parts;
  const { reference, manifest, files, unpacked } = model;
  const image = imageOf(model.manifestBytes, manifest);
  const content = keptContent(contentOf(manifest, image), unpacked ?? []);
  checkFiles(files, image, unpacked ?? []);
  // Hashing content without a record, and proving the files of an older version, take too long for the store's lock.
  for (const item of content.slice(1)) await requireBlob(parts, item, signal);
  const old = (await references.get(reference))?.stored;
  const copies = old === undefined ? [] : await recordCopies(layout, old, parts.hashFile);
  await changeWithTrash(
    parts,
    async (held, trash) => {
      await inBatches(content.slice(1), BATCH, (item) => requireVerified(parts, item));
      await parts.blobs.write(manifest, model.manifestBytes);
      const all = await references.underLock();
      const before = await references.get(reference);
      await addNames(layout, reference, copies);
      await held.step('link');
      const recorded = await linkModel(layout, reference, files);
      await held.step('write-reference');
      const stored = { reference, manifest, files, unpacked, pulledAt: model.pulledAt ?? parts.now() };
      const entry = await references.put(stored, content);
      await held.step('prune');
      await pruneModel(layout, reference, { files, before: before?.stored.files ?? [], recorded, trash });
      const survey = { ...all, entries: withEntry(all.entries, entry) };
      await held.step('write-index');
      if (await writeIndexAnyhow(parts, survey)) await references.remember(survey);
      await repair(parts, { content, survey, held, trash });
      if (before !== undefined && before.stored.manifest.digest !== manifest.digest) {
        const unneeded = await contentOrOwn(parts, before);
        await discardUnneeded(parts, { content: unneeded, survey: await references.survey(), held, trash });
      }
    },
    { signal },
  );
}

/** Inserts or replaces `entry` in `entries`, which are sorted by id. */
function withEntry(entries: readonly ReferenceEntry[], entry: ReferenceEntry): ReferenceEntry[] {
  const others = entries.filter(({ id }) => id !== entry.id);
  const at = others.findIndex(({ id }) => id > entry.id);
  others.splice(at === -1 ? others.length : at, 0, entry);
  return others;
}

/** Writes index.json unless the disk is full: the model is complete without it, and the next change or start repairs it. */
async function writeIndexAnyhow({ index, log }: StoreParts, survey: Survey): Promise<boolean> {
  try {
    await index.write(survey.entries);
    return true;
  } catch (error) {
    if (!isModelError(error, 'disk-full')) throw error;
    log.warn(`The list of models for other tools is old: ${error.message}`);
    return false;
  }
}

interface RepairOptions {
  readonly content: readonly ContentItem[];
  readonly survey: Survey;
  readonly held: HeldLock;
  readonly trash: Trash;
}

/** Restores the names that verification removed from other models that share content with this one (see verify.ts). */
async function repair({ layout }: StoreParts, options: RepairOptions): Promise<void> {
  const { content, survey, held, trash } = options;
  const quarantined = new Set((await namesIn(layout.quarantine)).map(digestOfName));
  const back = new Set(content.map(({ digest }) => digest).filter((digest) => quarantined.has(digest)));
  if (back.size === 0) return;
  await held.step('repair');
  for (const { stored } of survey.entries) {
    const files = stored.files.filter(({ digest }) => back.has(digest));
    if (files.length > 0) await linkModel(layout, stored.reference, files);
  }
  for (const digest of back) {
    const status = await ownQuarantined(layout, digest);
    const record = layout.quarantineRecord(digest);
    if (status !== undefined) await trash.take(layout.quarantined(digest), status, { record });
  }
}

async function requireBlob(
  { blobs }: StoreParts,
  { digest, size }: ContentItem,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(await blobs.has({ mediaType: '', digest, size }, signal))) throw missingError(digest);
}

/** Blobs that are checked concurrently. */
const BATCH = 16;

/** Bytes up to which a blob is hashed under the store's lock: another process may just have written the same config. */
const SMALL_BYTES = 4 * 1024 * 1024;

async function requireVerified({ blobs }: StoreParts, { digest, size }: ContentItem): Promise<void> {
  if (await blobs.isVerified({ digest, size })) return;
  if (size > SMALL_BYTES || !(await blobs.has({ mediaType: '', digest, size }))) throw missingError(digest);
}

/** Replaces unpacked layers with their members. */
export function keptContent(all: readonly ContentItem[], unpacked: readonly StoredLayer[]): ContentItem[] {
  const dropped = new Set(unpacked.map(({ digest }) => digest));
  const kept = new Map(all.filter(({ digest }) => !dropped.has(digest)).map((item) => [item.digest, item]));
  for (const { digest, size } of unpacked.flatMap(({ members }) => members))
    kept.set(digest, { digest, size });
  return [...kept.values()];
}

function checkFiles(
  files: readonly StoredFile[],
  { layers }: ImageManifest,
  unpacked: readonly StoredLayer[],
): void {
  const members = unpacked.flatMap((layer) => layer.members);
  const digests = new Set([...layers, ...members].map(({ digest }) => digest));
  const stray = files.find((file) => !digests.has(file.digest));
  if (stray === undefined) return;
  const message = t(
    'The model was not stored, because its file {0} is not part of its manifest. Pull again; if it happens again, tell the publisher.',
    stray.name,
  );
  throw new ModelError('store-error', message);
}
