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
import type { ReferenceEntry, StoredFile, StoredLayer, Survey } from './references.ts';
import { contentOrOwn, discardUnneeded } from './removal.ts';
import { Trash } from './trash.ts';

/** A model whose blobs are all in the store. */
export interface CommittedModel {
  readonly reference: Reference;
  readonly manifest: Descriptor;
  /** The manifest as the registry sent it. */
  readonly manifestBytes: Uint8Array;
  /** The files that get a name in `models/`; each is a layer of the manifest, or a member of one. */
  readonly files: readonly StoredFile[];
  /** The layers of which only files are needed; none where absent. */
  readonly unpacked?: readonly StoredLayer[] | undefined;
}

/** See {@link ModelStore.commitModel}. */
export async function commitModel(parts: StoreParts, model: CommittedModel): Promise<void> {
  const { layout, blobs, references } = parts;
  const { reference, manifest, files, unpacked } = model;
  const image = imageOf(model.manifestBytes, manifest);
  const content = keptContent(contentOf(manifest, image), unpacked ?? []);
  checkFiles(files, image, unpacked ?? []);
  const trash = new Trash(layout);
  const change = async (): Promise<void> => {
    await requireBlobs(parts, content.slice(1));
    await blobs.write(manifest, model.manifestBytes);
    const all = await references.underLock();
    const before = await references.get(reference);
    await linkModel(layout, reference, files);
    const entry = await references.put(
      { reference, manifest, files, unpacked, pulledAt: parts.now() },
      content,
    );
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

/** Members take the place of the layers that they came out of. */
function keptContent(all: readonly ContentItem[], unpacked: readonly StoredLayer[]): ContentItem[] {
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
  const message = `The file ${stray.name} is not a layer of the model's manifest, so the model is not stored.`;
  throw new ModelError('store-error', message);
}
