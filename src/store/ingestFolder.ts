/** The folders `ingest/<alg>-<hex>`: which files in them are ours. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { guarded, ifPresent, namesIn } from './files.ts';
import { foreignError } from './foreign.ts';
import { fileStatus } from './ownFiles.ts';

/** Names of records, of which each is there before any content is: see ingestState.ts. */
const RECORDS = ['state.json', 'state.json.new', 'progress.json'];

/** Files that have content, in the ways of ingestFiles.ts, layerFiles.ts and unpacking.ts. */
export const CONTENT = /^(?:data|rest|member-\d+|bodies\.json)$/;

/** Files of ours, but for the lock. */
export const INGEST_FILE =
  /^(?:data|rest|member-\d+|bodies\.json|state\.json|state\.json\.new|progress\.json)$/;

/**
 * Whether the files in an ingest's folder are proven to be ours: by a record, also one that a power failure damaged.
 * A folder without files is nobody's.
 */
export async function isOwnIngest(folder: string): Promise<boolean> {
  for (const name of RECORDS) if ((await fileStatus(join(folder, name))) !== undefined) return true;
  return !(await namesIn(folder)).some((name) => CONTENT.test(name));
}

/** @throws ModelError `store-error` if content is there that we have no record of, or something is no plain file. */
export async function requireOwnIngest(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!INGEST_FILE.test(name)) continue;
    const path = join(folder, name);
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    if (status === undefined || status.isFile()) continue;
    throw foreignError(
      path,
      status.isDirectory() ? 'a folder' : status.isSymbolicLink() ? 'a link' : 'something',
    );
  }
  if (!(await isOwnIngest(folder))) throw foreignError(join(folder, 'data'));
}
