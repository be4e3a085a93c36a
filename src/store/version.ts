/** The files that say what a store is: `store.json` (ours) and `oci-layout` (OCI image-spec image-layout.md). */
import { mkdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ModelError } from '../base/error.ts';
import { guarded, ifPresent, writeAtomically } from './files.ts';
import type { Layout } from './layout.ts';

/** Raised when an older version of the extension could damage a store that this one wrote. */
const STORE_VERSION = 1;

const versionSchema = z.object({ version: z.int().positive() });

/**
 * Makes a folder a store, or checks that it is one that this version can use.
 * @throws ModelError `store-error` for a store of a newer version and for another tool's OCI layout, whose
 * index.json would be lost.
 */
export async function prepareStore(layout: Layout): Promise<void> {
  await guarded('created', layout.root, () => mkdir(layout.root, { recursive: true }));
  let text = await readIfPresent(layout.version);
  if (text === undefined && (await readIfPresent(layout.index)) !== undefined) {
    // A store that another process made since then has had its version before its index.
    text = await readIfPresent(layout.version);
    if (text === undefined) throw foreignLayoutError(layout);
  }
  if (text !== undefined) checkVersion(text, layout);
  for (const folder of [layout.ingests, layout.refs, layout.blobs, layout.models]) {
    await guarded('created', folder, () => mkdir(folder, { recursive: true }));
  }
  // First of all: from here on the folder is ours, even when this process is killed before the next line.
  if (text === undefined) await write(layout, layout.version, { version: STORE_VERSION });
  if ((await readIfPresent(layout.ociLayout)) === undefined)
    await write(layout, layout.ociLayout, { imageLayoutVersion: '1.0.0' });
}

function readIfPresent(path: string): Promise<string | undefined> {
  return guarded('read', path, () => ifPresent(readFile(path, 'utf8')));
}

async function write(layout: Layout, path: string, content: object): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(content)}\n`, layout.ingests);
}

function foreignLayoutError(layout: Layout): ModelError {
  const message = `${layout.root} is an OCI image layout of another tool. Choose an empty folder with the setting ociModels.storePath.`;
  return new ModelError('store-error', message);
}

function checkVersion(text: string, layout: Layout): void {
  const version = parseVersion(text);
  if (version === undefined) {
    const message = `${layout.version} is damaged. Choose another folder with the setting ociModels.storePath, or put {"version":${STORE_VERSION}} into that file.`;
    throw new ModelError('store-error', message);
  }
  if (version > STORE_VERSION) {
    const message = `The model store ${layout.root} was made by a newer version of OCI Models. Update the extension, or choose another folder with the setting ociModels.storePath.`;
    throw new ModelError('store-error', message);
  }
}

function parseVersion(text: string): number | undefined {
  try {
    return versionSchema.safeParse(JSON.parse(text)).data?.version;
  } catch {
    return undefined; // the caller says that the file is damaged
  }
}
