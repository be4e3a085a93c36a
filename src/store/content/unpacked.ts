/**
 * Records the members of layers that were unpacked and not kept: `unpacked/<alg>-<hex>.json`, by the layer's digest.
 * These records save a download for a window that waited for another one, for a model that shares a layer, and for a
 * pull after one that failed late. A record counts while all of its members are in the store. It may be deleted at any
 * time, because references list their files themselves.
 */
import { dirname } from 'node:path';
import * as z from 'zod';
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

/** A file that was unpacked from a layer, and is content of the store. */
export interface LayerMember {
  /** Path in the archive: relative, with `/`, without `.` and `..`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly digest: string;
}

/** The result of unpacking one layer. */
export interface UnpackedLayer {
  /** Digest of the layer. */
  readonly digest: string;
  /** The members that were wanted: all, or only those that belong to a model. */
  readonly wants: 'all' | 'model-files';
  /** The name that was given to the only file of a layer that is not an archive. */
  readonly name?: string;
  readonly members: readonly LayerMember[];
  /** Symbolic links of an image, which may name the model. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Paths that this layer removes from the layers below (image-spec, layer.md, “Whiteouts”). */
  readonly removed: readonly string[];
  /** Folders whose contents in the layers below this layer hides (`.wh..wh..opq`). */
  readonly opaque: readonly string[];
}

const RECORD = jsonFile(schema, ['{"digest":"'], 64 * 1024 * 1024);

/** Reads the record of a layer. Returns undefined if there is none, or if one of its members is missing. */
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
 * Returns the digests of the files that are or will be unpacked from a layer, which are needed if the layer is. Returns
 * none if there is no record.
 */
export async function memberDigests(layout: Layout, digest: string): Promise<string[]> {
  return ((await readRecord(layout, digest))?.members ?? []).map((member) => member.digest);
}

/** Tells whether there is a record of a layer, even if members are missing. */
export async function isRecord(layout: Layout, digest: string): Promise<boolean> {
  return (await readRecord(layout, digest)) !== undefined;
}

async function readRecord(layout: Layout, digest: string): Promise<UnpackedLayer | undefined> {
  const file = layout.unpacked(digest);
  // A damaged record is ignored: the layer is unpacked again.
  const layer = await readSmall(file, RECORD);
  return layer?.digest === digest ? layer : undefined;
}

/** @throws ModelError `store-error` if a file that this store did not make is in the place of a layer's record. */
export async function requireOwnRecord(layout: Layout, digest: string): Promise<void> {
  await requireOwnSmall(layout.unpacked(digest), RECORD);
}

/** Writes the record of a layer, before its members get their names, so that no process removes existing ones. */
export async function writeUnpacked(layout: Layout, layer: UnpackedLayer): Promise<void> {
  const file = layout.unpacked(layer.digest);
  await requireOwnSmall(file, RECORD);
  await makeFolder(layout.root, dirname(file));
  await writeAtomically(file, `${JSON.stringify(layer)}\n`, layout.temporary());
}
