/**
 * What came out of layers that are archives and are not kept: `unpacked/<alg>-<hex>.json`, by the layer's digest. A
 * window that waited for another one, a model with a layer of another model, and a pull after one that failed late
 * find there that nothing has to be downloaded. A record counts while all of its members are in the store, and may
 * be deleted at any time: references list their files themselves.
 */
import { dirname } from 'node:path';
import { z } from 'zod';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import { writeAtomically } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { makeFolder } from '../disk/ownFiles.ts';
import { jsonFile, readSmall, requireOwnSmall } from '../disk/smallFile.ts';
import type { Blobs } from './blobs.ts';

const path = z.string().min(1).max(4096);
const bytes = z.int().nonnegative();

export const memberSchema = z.object({ path, size: bytes, digest: digestSchema });

const schema = z.object({
  digest: digestSchema,
  wants: z.enum(['all', 'model-files']),
  name: path.exactOptional(),
  members: z.array(memberSchema).max(50_000),
  links: z.array(z.object({ path, target: z.string().max(4096) })).max(50_000),
  removed: z.array(path).max(200_000),
  opaque: z.array(z.string().max(4096)).max(200_000),
});

/** A file that came out of a layer, and is content of the store. */
export interface LayerMember {
  /** As it stands in the archive: relative, with `/`, without `.` and `..`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: string;
}

/** What came out of one layer. */
export interface UnpackedLayer {
  /** Of the layer. */
  readonly digest: string;
  /** What was looked for: all members, or only what belongs to a model. */
  readonly wants: 'all' | 'model-files';
  /** The name that was given to the layer's file where it is no archive. */
  readonly name?: string;
  readonly members: readonly LayerMember[];
  /** Symbolic links of an image, which may tell which file is the model. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Paths of an image that this layer removes from the ones below it (image-spec, layer.md, “Whiteouts”). */
  readonly removed: readonly string[];
  /** Folders of which this layer hides all that the ones below it have (`.wh..wh..opq`). */
  readonly opaque: readonly string[];
}

const RECORD = jsonFile(schema, ['{"digest":"'], 64 * 1024 * 1024);

/** Reads the record of a layer; undefined where there is none, or its members are not all there. */
export async function readUnpacked(
  layout: Layout,
  blobs: Blobs,
  digest: string,
): Promise<UnpackedLayer | undefined> {
  const layer = await readRecord(layout, digest);
  for (const member of layer?.members ?? []) {
    if (!(await blobs.has({ mediaType: '', ...member }))) return undefined;
  }
  return layer;
}

/**
 * The digests of what came out of a layer, or is about to: whoever needs the layer needs them. None where there is
 * no record.
 */
export async function memberDigests(layout: Layout, digest: string): Promise<string[]> {
  return ((await readRecord(layout, digest))?.members ?? []).map((member) => member.digest);
}

/** Tells whether the file of a layer's record is one, whatever of its members is there. */
export async function isRecord(layout: Layout, digest: string): Promise<boolean> {
  return (await readRecord(layout, digest)) !== undefined;
}

async function readRecord(layout: Layout, digest: string): Promise<UnpackedLayer | undefined> {
  const file = layout.unpacked(digest);
  // One that is damaged is as good as none: the layer is unpacked again.
  const layer = await readSmall(file, RECORD);
  return layer?.digest === digest ? layer : undefined;
}

/** @throws ModelError `store-error` if a file that this store did not make has the name of a layer's record. */
export async function requireOwnRecord(layout: Layout, digest: string): Promise<void> {
  await requireOwnSmall(layout.unpacked(digest), RECORD);
}

/** Writes the record of a layer. It comes before its members, so that nobody removes those that are there already. */
export async function writeUnpacked(layout: Layout, layer: UnpackedLayer): Promise<void> {
  const file = layout.unpacked(layer.digest);
  await requireOwnSmall(file, RECORD);
  await makeFolder(layout.root, dirname(file));
  await writeAtomically(file, `${JSON.stringify(layer)}\n`, layout.temporary());
}
