/**
 * Finds models in llama.cpp's own cache (ggml-org/llama.cpp, common/common.cpp `fs_get_cache_directory` and
 * common/download.cpp), a flat folder of files; newer versions use Hugging Face's cache:
 *   <org>_<repository>_<file>.gguf              from Hugging Face, with `/` as `_`
 *   manifest=<org>=<repository>=<tag>.json      the repositories of these files
 *   <namespace>_<repository>_<tag>.gguf         from Docker Hub
 *   *.etag, *.json, *.downloadInProgress        beside them
 * in `$LLAMA_CACHE`, or `llama.cpp` in the user's cache folder.
 */
import { join } from 'node:path';
import { distinctFolders, type Machine } from './homeFolders.ts';
import { fileStem, huggingFaceReference, importedReference, quantizationOf } from './importedNames.ts';
import { type FileGroup, groupShards, isGgufName, readPlain, tagsOf } from './plainFiles.ts';
import { type FoundFile, filesBelow, inEach, type ScanOptions } from './scan.ts';
import type { ForeignTool, FoundModel } from './tool.ts';

const MANIFEST = /^manifest=([^=]+)=([^=]+)=(?:[^=]+)\.json$/;

/** Lists the Hugging Face repositories that files came from, longest name first. */
async function repositoriesIn(folder: string, options: ScanOptions): Promise<string[]> {
  const manifests = await filesBelow(folder, 1, (name) => MANIFEST.test(name), options);
  const names = manifests.map(({ name }) => {
    const [, org, repository] = MANIFEST.exec(name) ?? [];
    return `${org}/${repository}`;
  });
  return [...new Set(names)].sort((a, b) => b.length - a.length);
}

/** Reads the models of one repository of Hugging Face. */
async function repositoryModels(
  repository: string,
  groups: readonly FileGroup[],
  options: ScanOptions,
): Promise<FoundModel[]> {
  const tags = tagsOf(groups, ({ fileName }) => fileName.slice(repository.length + 1));
  const models = groups.map((group, index) => {
    const tag = tags[index] ?? 'latest';
    const reference =
      huggingFaceReference(repository, tag) ?? importedReference(['llama.cpp', repository], tag);
    return readPlain(group, { name: `${repository}:${tag}`, reference }, options);
  });
  return (await Promise.all(models)).filter((model) => model !== undefined);
}

/** Reads a model of which only the file's name is known. */
async function namelessModel(group: FileGroup, options: ScanOptions): Promise<FoundModel[]> {
  const stem = fileStem(group.fileName);
  const reference = importedReference(['llama.cpp', stem], quantizationOf(group.fileName) ?? 'latest');
  const model = await readPlain(group, { name: stem, reference }, options);
  return model === undefined ? [] : [model];
}

async function modelsIn(folder: string, options: ScanOptions): Promise<FoundModel[]> {
  const repositories = await repositoriesIn(folder, options);
  const known = new Map<string, FileGroup[]>();
  const models: FoundModel[] = [];
  for (const group of groupShards(await ggufsIn(folder, options), options)) {
    const repository = repositories.find((name) =>
      group.fileName.startsWith(`${name.replaceAll('/', '_')}_`),
    );
    if (repository === undefined) models.push(...(await namelessModel(group, options)));
    else known.set(repository, [...(known.get(repository) ?? []), group]);
  }
  for (const [name, groups] of known) models.push(...(await repositoryModels(name, groups, options)));
  return models;
}

async function ggufsIn(folder: string, options: ScanOptions): Promise<FoundFile[]> {
  return filesBelow(folder, 1, isGgufName, options);
}

function cacheFolder({ home, platform, env }: Machine): string {
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  return env['XDG_CACHE_HOME'] || join(home, '.cache');
}

/** Describes llama.cpp on a machine. */
export function llamaCpp(machine: Machine): ForeignTool {
  const folders = distinctFolders([machine.env['LLAMA_CACHE'], join(cacheFolder(machine), 'llama.cpp')]);
  return {
    title: 'llama.cpp',
    folders,
    pathsOf: async () => [],
    unnamedFiles: (options) => inEach(folders, (folder) => ggufsIn(folder, options)),
    models: (options) => inEach(folders, (folder) => modelsIn(folder, options)),
  };
}
