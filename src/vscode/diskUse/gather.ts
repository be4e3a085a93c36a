/** Gathers what the page about disk use shows. Each part that cannot be read is logged, and counts nothing. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listForeignModels } from '../../adopt/index.ts';
import { inBatches } from '../../base/batches.ts';
import { freeBytes } from '../../base/diskSpace.ts';
import type { Log } from '../../base/log.ts';
import { diskReport, readStoreContents } from '../../library/index.ts';
import type { Session } from '../../session/index.ts';
import type { ModelStore } from '../../store/index.ts';
import { describeForLog } from '../window/errors.ts';
import type { DiskFacts, ToolUse } from './page.ts';

/** Files whose status is read concurrently. */
const BATCH = 64;

/** Everything that is asked. */
export interface DiskServices {
  readonly store: () => Promise<ModelStore>;
  readonly models: Pick<Session, 'list' | 'downloads' | 'onDidChangeModels' | 'onDidChangeDownloads'>;
  /** The folder of saved states of conversations. */
  readonly stateFolder: string;
  /** Further folders with models of other tools. */
  readonly layouts: () => readonly string[];
  readonly log: Log;
}

/** @throws ModelError `store-error` if the store itself cannot be read. */
export async function gatherDiskFacts(services: DiskServices): Promise<Omit<DiskFacts, 'tools'>> {
  const { models, stateFolder, log } = services;
  const store = await services.store();
  const orElse = async <T, E>(read: Promise<T>, fallback: E): Promise<T | E> =>
    read.catch((error: unknown) => {
      log.warn(`The disk use is not complete. ${describeForLog(error)}`);
      return fallback;
    });
  const [contents, listed, downloads, quarantineBytes, stateBytes, free] = await Promise.all([
    readStoreContents(store),
    models.list(),
    models.downloads(),
    // The layout of a store has a folder for damaged content (store/disk/layout.ts).
    orElse(folderBytes(join(store.root, 'quarantine')), 0),
    orElse(folderBytes(stateFolder), 0),
    orElse(freeBytes(store.root), undefined),
  ]);
  return {
    folder: store.root,
    freeBytes: free,
    report: diskReport(contents),
    labels: new Map(listed.map(({ id, label }) => [id, label])),
    downloads,
    quarantineBytes,
    stateBytes,
  };
}

/** Sums the models of other tools. @throws ModelError `store-error`, `cancelled`. */
export async function gatherTools(
  { store, layouts, log }: DiskServices,
  signal?: AbortSignal,
): Promise<ToolUse[]> {
  const { models } = await listForeignModels(await store(), { layouts: layouts(), log, signal });
  const tools = new Map<string, ToolUse>();
  for (const { tool, sizeBytes } of models) {
    const { models: count = 0, bytes = 0 } = tools.get(tool) ?? {};
    tools.set(tool, { tool, models: count + 1, bytes: bytes + sizeBytes });
  }
  return [...tools.values()].sort((a, b) => b.bytes - a.bytes);
}

/** Returns the bytes of the files in a folder, 0 if there is none. Links are not followed. */
async function folderBytes(folder: string): Promise<number> {
  const files = (await entriesOf(folder)).filter((entry) => entry.isFile());
  const sizes = await inBatches(files, BATCH, async ({ parentPath, name }) =>
    // A file may go at any time.
    stat(join(parentPath, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
