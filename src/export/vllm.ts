/**
 * Exports models for vLLM: the command that serves a pulled model, and a copy of safetensors in the layout in which vLLM
 * caches artifacts of registries (vllm-project/vllm#26160):
 *
 *   <reference with _ for : / @>/manifest.json                       as the registry sent it
 *   <reference …>/layers/<4 digits>_<hex digest>.safetensors         the shards, in load order
 *   <reference …>/config/…                                           configs, tokenizer and all other files
 */
import { dirname, join } from 'node:path';
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { parseShardName } from '../base/shardName.ts';
import { shellWord } from '../base/shell.ts';
import { parseDigest } from '../oci/spec/digest.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import type { FileToSave } from './saveCopy.ts';

/** A file of a stored model. */
export interface ModelPart {
  /** A relative path with `/`, as the artifact names it. */
  readonly name: string;
  readonly digest: string;
  /** Absolute path in the store. */
  readonly path: string;
}

function isShard({ name }: ModelPart): boolean {
  return name.toLowerCase().endsWith('.safetensors');
}

/** Returns the first shard, or the only file of weights. @throws ModelError `unsupported-artifact` if there is none. */
function firstShard(parts: readonly ModelPart[]): ModelPart {
  const first = parts.find(isShard);
  if (first !== undefined) return first;
  throw new ModelError(
    'unsupported-artifact',
    t('This model has no safetensors files, which vLLM needs. Choose another model.'),
  );
}

/** The machines that a command is for. */
export type VllmSetup = 'one-gpu' | 'several-gpus' | 'ray-cluster';

/** The port that vLLM listens on unless it is told otherwise. */
const PORT = 8000;
/** The address of the endpoint that the commands start, on the machine that runs them. */
export const VLLM_URL = `http://localhost:${PORT}/v1`;

/** Counts the GPUs of the machine that runs the command. */
const GPUS = '"$(nvidia-smi -L | wc -l)"';

/**
 * Returns the command that serves a model, for a POSIX shell: vLLM runs on Linux, and on Windows in WSL.
 * @param servedName the model name that clients use.
 * @throws ModelError `unsupported-artifact` for a model that vLLM cannot load.
 */
export function vllmCommand(
  parts: readonly ModelPart[],
  servedName: string,
  setup: VllmSetup = 'one-gpu',
): string {
  const serve = `vllm serve ${shellWord(servedPath(parts))} --served-model-name ${shellWord(servedName)}`;
  switch (setup) {
    case 'one-gpu':
      return serve;
    case 'several-gpus':
      return `${serve} --tensor-parallel-size ${GPUS}`;
    case 'ray-cluster':
      return [
        '# On the first machine:',
        'ray start --head --port=6379',
        '# On each other machine, with the address of the first one:',
        'ray start --address=ADDRESS_OF_THE_FIRST:6379',
        '# On the first machine again. All machines need the model at the same path.',
        'MACHINES=2',
        `${serve} --distributed-executor-backend ray --tensor-parallel-size ${GPUS} --pipeline-parallel-size "$MACHINES"`,
      ].join('\n');
  }
}

/**
 * vLLM takes the folder of safetensors, or one GGUF (https://docs.vllm.ai/en/latest/features/quantization/gguf.html).
 * @throws ModelError `unsupported-artifact`.
 */
function servedPath(parts: readonly ModelPart[]): string {
  const gguf = parts.find(({ name }) => name.toLowerCase().endsWith('.gguf'));
  if (gguf === undefined || parts.some(isShard)) return dirname(firstShard(parts).path);
  if ((parseShardName(gguf.name)?.count ?? 1) === 1) return gguf.path;
  throw new ModelError(
    'unsupported-artifact',
    t('vLLM loads a GGUF only if it is a single file, and this one is split. Choose another model.'),
  );
}

/**
 * Lays out the files of a model as vLLM's cache does.
 * @param manifestPath absolute path of the manifest.
 * @param folder of the cache, absolute.
 * @returns the files to copy, and the model's folder in the cache.
 * @throws ModelError `unsupported-artifact` for a model without safetensors.
 */
export function vllmCacheFiles(
  reference: Reference,
  manifestPath: string,
  parts: readonly ModelPart[],
  folder: string,
): { readonly files: FileToSave[]; readonly folder: string } {
  const home = join(folder, formatReference(reference).replaceAll(/[:/@]/g, '_'));
  const root = firstShard(parts).name.replace(/[^/]*$/, '');
  const shards = parts.filter(isShard).map(({ digest, path }, index) => {
    const name = `${String(index).padStart(4, '0')}_${parseDigest(digest).hex}.safetensors`;
    return { from: path, to: join(home, 'layers', name) };
  });
  const others = parts
    .filter((part) => !isShard(part))
    .map(({ name, path }) => {
      const below = name.startsWith(root) ? name.slice(root.length) : name;
      return { from: path, to: join(home, 'config', ...below.split('/')) };
    });
  return {
    files: [...shards, ...others, { from: manifestPath, to: join(home, 'manifest.json') }],
    folder: home,
  };
}
