/**
 * Finds models in Hugging Face's cache (huggingface_hub, guides/manage-cache), which newer versions of llama.cpp use
 * too (ggml-org/llama.cpp, common/hf-cache.cpp):
 *   models--<org>--<name>/blobs/<sha256, of large files>
 *   models--<org>--<name>/refs/<branch>             a commit
 *   models--<org>--<name>/snapshots/<commit>/<path>  links to blobs, or files if the system has no links
 */
import { basename, join } from 'node:path';
import { type Descriptor, parseDigest } from '../oci/index.ts';
import { distinctFolders, type Machine } from './homeFolders.ts';
import { huggingFaceReference } from './importedNames.ts';
import { groupShards, isGgufName, readPlain, tagsOf } from './plainFiles.ts';
import {
  type FoundFile,
  fileOfSize,
  filesBelow,
  foldersIn,
  inEach,
  linkTarget,
  readSmallFile,
  type ScanOptions,
} from './scan.ts';
import type { ForeignTool, FoundModel } from './tool.ts';

const REPOSITORY = /^models--(.+)$/;
/** Levels of folders in a snapshot: some publishers have a folder for each quantization. */
const DEPTH = 4;

/** Lists the snapshots of a repository, beginning with that of the main branch. */
async function snapshotsOf(repository: string, options: ScanOptions): Promise<string[]> {
  const folder = join(repository, 'snapshots');
  const commits = await foldersIn(folder, options);
  const main = (await readSmallFile(join(repository, 'refs', 'main'), 1024, options))
    ?.toString('utf8')
    .trim();
  commits.sort((a, b) => Number(b === main) - Number(a === main));
  return commits.map((commit) => join(folder, commit));
}

async function ggufsOf(snapshot: string, options: ScanOptions): Promise<FoundFile[]> {
  return filesBelow(snapshot, DEPTH, isGgufName, options);
}

/** Reads the digest of a large file from the target of its link, which is named by its SHA-256. */
async function digestOf({ path }: FoundFile): Promise<string | undefined> {
  const target = await linkTarget(path);
  const name = target === undefined ? '' : basename(target.replaceAll('\\', '/'));
  return /^[0-9a-f]{64}$/.test(name) ? `sha256:${name}` : undefined;
}

async function modelsOf(repository: string, options: ScanOptions): Promise<FoundModel[]> {
  const id = (REPOSITORY.exec(basename(repository))?.[1] ?? '').replaceAll('--', '/');
  const models = new Map<string, FoundModel>();
  for (const snapshot of await snapshotsOf(repository, options)) {
    const groups = groupShards(await ggufsOf(snapshot, options), options);
    const tags = tagsOf(groups, (group) => group.fileName);
    for (const [index, group] of groups.entries()) {
      const tag = tags[index] ?? group.fileName;
      const reference = huggingFaceReference(id, tag);
      if (reference === undefined || models.has(tag)) continue;
      const model = await readPlain(group, { name: `${id}:${tag}`, reference }, options, digestOf);
      if (model !== undefined) models.set(tag, model);
    }
  }
  return [...models.values()];
}

/** Runs `search` in the folder of each repository of each cache. */
async function inRepositories<T>(
  hubs: readonly string[],
  options: ScanOptions,
  search: (repository: string) => Promise<readonly T[]>,
): Promise<T[]> {
  return inEach(hubs, async (hub) => {
    const names = (await foldersIn(hub, options)).filter((name) => REPOSITORY.test(name));
    return inEach(
      names.map((name) => join(hub, name)),
      search,
    );
  });
}

async function pathsOf(hubs: readonly string[], wanted: Descriptor, options: ScanOptions): Promise<string[]> {
  const { algorithm, hex } = parseDigest(wanted.digest);
  if (algorithm !== 'sha256') return [];
  return inRepositories(hubs, options, async (repository) => {
    const path = await fileOfSize(join(repository, 'blobs', hex), wanted.size);
    return path === undefined ? [] : [path];
  });
}

/** Describes Hugging Face's cache on a machine. */
export function huggingFace({ home, env }: Machine): ForeignTool {
  const below = (variable: string, ...path: string[]): string | undefined => {
    const folder = env[variable];
    return folder === undefined || folder === '' ? undefined : join(folder, ...path);
  };
  // A tool uses the first of these. The editor may have been started with other variables than the shell, so all are
  // searched.
  const folders = distinctFolders([
    below('HF_HUB_CACHE'),
    below('HUGGINGFACE_HUB_CACHE'),
    below('HF_HOME', 'hub'),
    below('XDG_CACHE_HOME', 'huggingface', 'hub'),
    join(home, '.cache', 'huggingface', 'hub'),
    below('LLAMA_CACHE'),
  ]);
  return {
    title: 'Hugging Face cache',
    folders,
    pathsOf: async (wanted, options) => pathsOf(folders, wanted, options),
    unnamedFiles: (options) =>
      inRepositories(folders, options, async (repository) => {
        const snapshots = await snapshotsOf(repository, options);
        const files = await inEach(snapshots, (snapshot) => ggufsOf(snapshot, options));
        const digests = await Promise.all(files.map(digestOf));
        return files.filter((_, index) => digests[index] === undefined);
      }),
    models: (options) => inRepositories(folders, options, (repository) => modelsOf(repository, options)),
  };
}
