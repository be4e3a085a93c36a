/**
 * Finds models in Docker Model Runner's store (docker/model-runner, pkg/distribution/internal/store):
 *   models.json              { "models": [{ "id": digest of the manifest, "tags": [reference…], "files": [digest…] }] }
 *   manifests/<alg>/<hex>    blobs/<alg>/<hex>, and <hex>.incomplete during a download
 * in `$MODELS_PATH` or `~/.docker/models`.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { familiarReference, parseDigest, shortDigest } from '../oci/index.ts';
import { digestSchema } from '../oci/spec/descriptor.ts';
import { distinctFolders, type Machine } from './homeFolders.ts';
import { importedReference, tryReference } from './importedNames.ts';
import { readPackaged } from './packaged.ts';
import { inEach, readSmallFile, type ScanOptions } from './scan.ts';
import type { ForeignTool, FoundModel } from './tool.ts';

/** The largest models.json that is read, in bytes. */
const MAX_INDEX_BYTES = 4 * 1024 * 1024;

const indexSchema = z.object({
  models: z
    .array(
      // An entry that cannot be parsed does not hide the others.
      z
        .object({ id: digestSchema, tags: z.array(z.string()).max(1000).nullish() })
        .optional()
        .catch(undefined),
    )
    .max(10_000)
    .nullish(),
});

function contentPath(folder: string, kind: 'blobs' | 'manifests', digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return join(folder, kind, algorithm, hex);
}

async function readIndex(
  folder: string,
  options: ScanOptions,
): Promise<{ id: string; tags: readonly string[] }[]> {
  const path = join(folder, 'models.json');
  const bytes = await readSmallFile(path, MAX_INDEX_BYTES, options);
  if (bytes === undefined) return [];
  try {
    const { models } = indexSchema.parse(JSON.parse(bytes.toString('utf8')));
    return (models ?? [])
      .filter((model) => model !== undefined)
      .map(({ id, tags }) => ({ id, tags: tags ?? [] }));
  } catch {
    options.log.warn(`${path} is damaged, so the models of Docker Model Runner are left out.`);
    return [];
  }
}

async function modelsIn(folder: string, options: ScanOptions): Promise<FoundModel[]> {
  const models: FoundModel[] = [];
  for (const { id, tags } of await readIndex(folder, options)) {
    const named = tags.map(tryReference).filter((reference) => reference !== undefined);
    const untagged = importedReference(['docker-model-runner'], parseDigest(id).hex.slice(0, 12));
    for (const reference of named.length === 0 ? [untagged] : named) {
      const name = named.length === 0 ? shortDigest(id) : familiarReference(reference);
      const manifestPath = contentPath(folder, 'manifests', id);
      const pathOf = (digest: string): string => contentPath(folder, 'blobs', digest);
      const found = await readPackaged({ name, reference, manifestPath, digest: id, pathOf }, options);
      if (found !== undefined) models.push(found);
    }
  }
  return models;
}

/** Describes Docker Model Runner on a machine. */
export function dockerModelRunner({ home, env }: Machine): ForeignTool {
  const folders = distinctFolders([env['MODELS_PATH'], join(home, '.docker', 'models')]);
  return {
    title: 'Docker Model Runner',
    folders,
    pathsOf: async ({ digest }) => folders.map((folder) => contentPath(folder, 'blobs', digest)),
    unnamedFiles: async () => [],
    models: (options) => inEach(folders, (folder) => modelsIn(folder, options)),
  };
}
