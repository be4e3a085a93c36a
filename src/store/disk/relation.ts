/**
 * Tells whether the folders of two stores are the same or nested, whatever paths lead to them: links, links above them,
 * bind mounts and names in another case may all lead to the same folder. The id in `store.json` does not tell, because
 * a copy of a store has the same one.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { guarded, ifPresent } from './files.ts';
import { Layout } from './layout.ts';

/** `same`: removing a file in one removes it in the other. `nested`: one lies in the other. */
export type Relation = 'same' | 'nested' | 'apart';

interface Folder {
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Compares two folders. A missing folder is apart. @throws ModelError `store-error` if a folder is unreadable. */
export async function relationOf(a: string, b: string): Promise<Relation> {
  const [first, second] = await Promise.all([ownFolders(a), ownFolders(b)]);
  if (first.some((folder, index) => isOneFolder(folder, second[index]))) return 'same';
  if ((await isWithin(first[0], second)) || (await isWithin(second[0], first))) return 'nested';
  return 'apart';
}

/** Returns a name for a folder that is the same for each of its paths, to take the locks of two in a fixed order. */
export async function identityOf(path: string): Promise<string> {
  const folder = await look(path);
  return folder === undefined ? path : `${folder.dev}:${folder.ino}:${folder.path}`;
}

/** Tells whether two paths lead to one folder. False if one of them does not exist. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  return isOneFolder(await look(a), await look(b));
}

/** Returns the root and those of its folders that could be mounted from elsewhere, or undefined for missing ones. */
async function ownFolders(root: string): Promise<(Folder | undefined)[]> {
  const { refs, blobs, models, ingests, records, quarantine, leases, unpackedLayers } = new Layout(root);
  const paths = [root, refs, blobs, models, ingests, records, quarantine, leases, unpackedLayers];
  return Promise.all(paths.map(look));
}

async function look(path: string): Promise<Folder | undefined> {
  return guarded('read', path, async () => {
    const real = await ifPresent(realpath(path));
    const status = real === undefined ? undefined : await ifPresent(stat(real, { bigint: true }));
    if (real === undefined || status === undefined) return undefined;
    return { path: real, dev: status.dev, ino: status.ino };
  });
}

/** Compares paths and inodes; some network drives have no inodes. */
function isOneFolder(a: Folder | undefined, b: Folder | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.path === b.path || (a.ino !== 0n && a.ino === b.ino && a.dev === b.dev);
}

/** Tells whether `inner` lies in one of `folders`. */
async function isWithin(
  inner: Folder | undefined,
  folders: readonly (Folder | undefined)[],
): Promise<boolean> {
  for (let path = inner?.path; path !== undefined && path !== dirname(path); ) {
    path = dirname(path);
    const above = await look(path);
    if (folders.some((folder) => isOneFolder(above, folder))) return true;
  }
  return false;
}
