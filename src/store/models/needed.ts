/** Determines which content must stay. */
import * as z from 'zod';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import { tryParseDigest } from '../../oci/spec/digest.ts';
import { MAX_MANIFEST_BYTES } from '../../oci/spec/manifest.ts';
import { memberDigests } from '../content/unpacked.ts';
import { guarded } from '../disk/files.ts';
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
  for (const entry of await index.foreign(survey.entries)) {
    if (await addForeign(parts, entry, kept)) continue;
    log.warn(
      `No content is removed, because what another tool put into index.json is unreadable: ${entry.digest}`,
    );
    return undefined;
  }
  return kept;
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

/** Adds the content that an entry names, as far as its manifests are present. @returns false if one is unreadable. */
async function addForeign({ layout }: StoreParts, entry: ForeignEntry, kept: Set<string>): Promise<boolean> {
  const manifests = [entry.digest];
  for (let read = 0; manifests.length > 0; read++) {
    const digest = manifests.pop() as string;
    if (read >= MAX_MANIFESTS || tryParseDigest(digest) === undefined) return false;
    kept.add(digest);
    const path = layout.blob(digest);
    const text = await guarded('read', path, () => readText(path, MAX_MANIFEST_BYTES));
    if (text === undefined) continue;
    const content = parse(text);
    if (content === undefined) return false;
    const { config, layers, blobs } = content;
    for (const named of [...(config ? [config] : []), ...(layers ?? []), ...(blobs ?? [])])
      kept.add(named.digest);
    manifests.push(...(content.manifests ?? []).map((named) => named.digest));
  }
  return true;
}

function parse(text: string): z.infer<typeof contentSchema> | undefined {
  try {
    return contentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // the caller logs it
  }
}
