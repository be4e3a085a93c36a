/** Determines which content must stay. */
import * as z from 'zod';
import { inBatches } from '../../base/batches.ts';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import { tryParseDigest } from '../../oci/spec/digest.ts';
import { MAX_MANIFEST_BYTES } from '../../oci/spec/manifest.ts';
import { blobDigests } from '../content/blobs.ts';
import { memberDigests } from '../content/unpacked.ts';
import { guarded } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { readText } from '../disk/ownFiles.ts';
import type { ForeignEntry } from './imageIndex.ts';
import type { ReferenceEntry, Survey } from './references.ts';
import type { StoreParts } from './storeParts.ts';

/**
 * Returns the digests that references, leases and other tools' entries in index.json need, including the files of leased
 * layers. Returns undefined if one of these is unreadable, so that nothing may be removed. To remove content, the caller
 * must have the store's lock.
 */
export async function keptDigests(parts: StoreParts, survey: Survey): Promise<Set<string> | undefined> {
  const kept = await keptBesides(parts, survey);
  for (const entry of kept === undefined ? [] : survey.entries) {
    const needed = await neededBy(parts, entry);
    if (needed === undefined) return undefined;
    for (const digest of needed) kept?.add(digest);
  }
  return kept;
}

/** Returns what leases and other tools' entries need, as {@link keptDigests} does. */
export async function keptBesides(parts: StoreParts, survey: Survey): Promise<Set<string> | undefined> {
  const { leases, layout, index, log } = parts;
  if (survey.damaged > 0) {
    log.warn('No content is removed, because a reference file is damaged and may need it.');
    return undefined;
  }
  const kept = await leases.digests();
  if (kept === undefined) return undefined;
  for (const leased of [...kept]) for (const digest of await memberDigests(layout, leased)) kept.add(digest);
  const foreign = await index.foreign(survey.entries);
  if (foreign.length === 0) return kept;
  // Listed after index.json was read: other tools write an entry when its manifest is there.
  const manifests = new ForeignManifests(layout, await blobDigests(layout), kept);
  const areRead = await inBatches(foreign, BATCH, (entry) => manifests.add(entry));
  const unread = foreign[areRead.indexOf(false)];
  if (unread === undefined) return kept;
  log.warn(
    `No content is removed, because what another tool put into index.json is unreadable: ${unread.digest}`,
  );
  return undefined;
}

/** Returns the digests that a reference needs, or undefined if its manifest is unreadable, which is logged. */
export async function neededBy(
  { references, log }: StoreParts,
  entry: ReferenceEntry,
): Promise<Set<string> | undefined> {
  try {
    const content = await references.contentOf(entry);
    // This extension only writes layers of the manifest here, but a file edited by hand may name other content.
    const files = [...content, ...entry.stored.files, entry.stored.manifest];
    return new Set(files.map(({ digest }) => digest));
  } catch (error) {
    log.warn(`No content is removed, because the manifest of ${entry.id} is unreadable: ${String(error)}`);
    return undefined;
  }
}

const item = z.object({ digest: digestSchema });
/** The parts of a manifest or an index that name content. */
const contentSchema = z.object({
  config: item.nullish(),
  layers: z.array(item).nullish(),
  blobs: z.array(item).nullish(),
  manifests: z.array(item).nullish(),
});

/** The most manifests that are read for one entry. */
const MAX_MANIFESTS = 1000;
/** Entries that are examined concurrently. Each may have a manifest of some megabytes in memory. */
const BATCH = 16;

/** Reads the manifests that other tools' entries name, each once, however many entries name it. */
class ForeignManifests {
  readonly #layout: Layout;
  /** All content in the store. A tool's list may name thousands of manifests that are elsewhere. */
  readonly #present: ReadonlySet<string>;
  readonly #kept: Set<string>;
  readonly #read = new Set<string>();

  constructor(layout: Layout, present: ReadonlySet<string>, kept: Set<string>) {
    this.#layout = layout;
    this.#present = present;
    this.#kept = kept;
  }

  /** Adds the content that an entry names, as far as its manifests are present. @returns false if one is unreadable. */
  async add(entry: ForeignEntry): Promise<boolean> {
    const manifests = [entry.digest];
    for (let read = 0; manifests.length > 0; ) {
      const digest = manifests.pop() as string;
      if (tryParseDigest(digest) === undefined) return false;
      this.#kept.add(digest);
      if (this.#read.has(digest) || !this.#present.has(digest)) continue;
      if (++read > MAX_MANIFESTS) return false;
      this.#read.add(digest);
      const path = this.#layout.blob(digest);
      const text = await guarded('read', path, () => readText(path, MAX_MANIFEST_BYTES));
      if (text === undefined) continue;
      const content = parse(text);
      if (content === undefined) return false;
      const { config, layers, blobs } = content;
      for (const named of [...(config ? [config] : []), ...(layers ?? []), ...(blobs ?? [])])
        this.#kept.add(named.digest);
      manifests.push(...(content.manifests ?? []).map((named) => named.digest));
    }
    return true;
  }
}

function parse(text: string): z.infer<typeof contentSchema> | undefined {
  try {
    return contentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // the caller logs it
  }
}
