/** Making a model of blobs that are in the store. */
import { rm } from 'node:fs/promises';
import { ModelError } from '../base/error.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { ImageManifest } from '../oci/manifest.ts';
import type { Reference } from '../oci/reference.ts';
import { type ContentItem, contentOf, imageOf } from './content.ts';
import { guarded, namesIn } from './files.ts';
import { writeIndex } from './imageIndex.ts';
import { digestOfName } from './layout.ts';
import { linkModel, pruneModel } from './models.ts';
import type { StoreParts } from './parts.ts';
import type { ReferenceEntry, StoredFile, Survey } from './references.ts';
import { contentOrOwn, discardUnneeded } from './removal.ts';
import { Trash } from './trash.ts';

/** A model whose blobs are all in the store. */
export interface CommittedModel {
  readonly reference: Reference;
  readonly manifest: Descriptor;
  /** The manifest as the registry sent it. */
  readonly manifestBytes: Uint8Array;
  /** The files that get a name in `models/`; each is a layer of the manifest. */
  readonly files: readonly StoredFile[];
}

/** See {@link ModelStore.commitModel}. */
export async function commitModel(parts: StoreParts, model: CommittedModel): Promise<void> {
  const { layout, blobs, references } = parts;
  const { reference, manifest, files } = model;
  const image = imageOf(model.manifestBytes, manifest);
  checkFiles(files, image);
  const content = contentOf(manifest, image);
  const trash = new Trash(layout);
  const change = async (): Promise<void> => {
    await requireBlobs(parts, content.slice(1));
    await blobs.write(manifest, model.manifestBytes);
    const all = await references.underLock();
    const before = await references.get(reference);
    await linkModel(layout, reference, files);
    const entry = await references.put({ reference, manifest, files, pulledAt: parts.now() }, content);
    await pruneModel(layout, reference, files);
    const survey = { ...all, entries: withEntry(all.entries, entry) };
    await writeIndex(layout, survey.entries);
    await references.remember(survey);
    await repair(parts, content, survey);
    if (before !== undefined && before.stored.manifest.digest !== manifest.digest) {
      await discardUnneeded(parts, await contentOrOwn(parts, before), await references.survey(), trash);
    }
  };
  try {
    await parts.locked(change);
  } finally {
    await trash.empty();
  }
}

/** `entries` with `entry` in its place by id. */
function withEntry(entries: readonly ReferenceEntry[], entry: ReferenceEntry): ReferenceEntry[] {
  const others = entries.filter(({ id }) => id !== entry.id);
  const at = others.findIndex(({ id }) => id > entry.id);
  others.splice(at === -1 ? others.length : at, 0, entry);
  return others;
}

/** Brings back what verification took from other models that share content with this one (see verify.ts). */
async function repair(
  { layout }: StoreParts,
  content: readonly ContentItem[],
  { entries }: Survey,
): Promise<void> {
  const quarantined = new Set((await namesIn(layout.quarantine)).map(digestOfName));
  const back = new Set(content.map(({ digest }) => digest).filter((digest) => quarantined.has(digest)));
  if (back.size === 0) return;
  for (const { stored } of entries) {
    const files = stored.files.filter(({ digest }) => back.has(digest));
    if (files.length > 0) await linkModel(layout, stored.reference, files);
  }
  for (const digest of back) {
    const path = layout.quarantined(digest);
    await guarded('removed', path, () => rm(path, { force: true }));
  }
}

async function requireBlobs({ blobs }: StoreParts, content: readonly ContentItem[]): Promise<void> {
  for (const item of content) {
    if ((await blobs.size(item.digest)) === item.size) continue;
    const message = `${shortDigest(item.digest)} of the model is not in the store any more. Pull again to bring what is missing.`;
    throw new ModelError('store-error', message, { retryable: true });
  }
}

function checkFiles(files: readonly StoredFile[], image: ImageManifest): void {
  const layers = new Set(image.layers.map((layer) => layer.digest));
  const stray = files.find((file) => !layers.has(file.digest));
  if (stray === undefined) return;
  const message = `The file ${stray.name} is not a layer of the model's manifest, so the model is not stored.`;
  throw new ModelError('store-error', message);
}
