/**
 * Finds models in Ollama's store (ollama/ollama, manifest/paths.go and envconfig/config.go):
 *   manifests/<host>/<namespace>/<model>/<tag>   a Docker schema 2 manifest
 *   blobs/sha256-<hex>
 * in `$OLLAMA_MODELS` or `~/.ollama/models`, or in the home of the service's user if Ollama is a Linux service.
 */
import { join } from 'node:path';
import { parseDigest, parseOllamaManifestPath, shortOllamaName } from '../oci/index.ts';
import { distinctFolders, type Machine } from './homeFolders.ts';
import { importedReference, tryReference } from './importedNames.ts';
import { readPackaged } from './packaged.ts';
import { filesBelow, inEach, type ScanOptions } from './scan.ts';
import type { ForeignTool, FoundModel } from './tool.ts';

function blobPath(folder: string, digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return join(folder, 'blobs', `${algorithm}-${hex}`);
}

async function modelsIn(folder: string, options: ScanOptions): Promise<FoundModel[]> {
  const manifests = join(folder, 'manifests');
  const models: FoundModel[] = [];
  for (const file of await filesBelow(manifests, 4, (name) => name.split('/').length === 4, options)) {
    const name = parseOllamaManifestPath(file.name);
    if (name === undefined) continue; // for example .DS_Store, or a manifest that is being written
    const { host, namespace, model, tag } = name;
    const reference =
      tryReference(`${host}/${namespace}/${model}:${tag}`) ??
      importedReference(['ollama', host, namespace, model], tag);
    const found = await readPackaged(
      {
        name: shortOllamaName(name),
        reference,
        manifestPath: file.path,
        pathOf: (digest) => blobPath(folder, digest),
      },
      options,
    );
    if (found !== undefined) models.push(found);
  }
  return models;
}

/** Describes Ollama on a machine. */
export function ollama({ home, platform, env, root = '/' }: Machine): ForeignTool {
  const folders = distinctFolders([
    env['OLLAMA_MODELS'],
    join(home, '.ollama', 'models'),
    platform === 'linux' ? join(root, 'usr', 'share', 'ollama', '.ollama', 'models') : undefined,
  ]);
  return {
    title: 'Ollama',
    folders,
    pathsOf: async ({ digest }) => folders.map((folder) => blobPath(folder, digest)),
    unnamedFiles: async () => [],
    models: (options) => inEach(folders, (folder) => modelsIn(folder, options)),
  };
}
