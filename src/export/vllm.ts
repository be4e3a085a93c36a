/**
 * Safetensors for vLLM: the command that serves a pulled model, and a copy of it as vLLM's cache has artifacts of
 * registries (vllm-project/vllm#26160):
 *
 *   <reference with _ for : / @>/manifest.json                       as the registry sent it
 *   <reference …>/layers/<4 digits>_<hex digest>.safetensors         the shards, in load order
 *   <reference …>/config/…                                           configs, tokenizer and all other files
 */
import { dirname, join } from 'node:path';
import { ModelError } from '../base/error.ts';
import { shellWord } from '../base/shell.ts';
import { parseDigest } from '../oci/spec/digest.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import type { FileToSave } from './saveCopy.ts';

/** A file of a stored model. */
export interface ModelPart {
  /** A relative path with `/`, as the artifact names it. */
  readonly name: string;
  readonly digest: string;
  /** Where it is. */
  readonly path: string;
}

function isShard({ name }: ModelPart): boolean {
  return name.toLowerCase().endsWith('.safetensors');
}

/** The first shard, or the only file of weights. @throws ModelError `unsupported-artifact` where there is none. */
function firstShard(parts: readonly ModelPart[]): ModelPart {
  const first = parts.find(isShard);
  if (first !== undefined) return first;
  throw new ModelError(
    'unsupported-artifact',
    'This model has no safetensors, which vLLM serves. Choose another model.',
  );
}

/**
 * The command that serves the folder of a model, for a POSIX shell: vLLM runs on Linux, and on Windows inside of WSL.
 * @param servedName what clients ask for.
 * @throws ModelError `unsupported-artifact` for a model without safetensors.
 */
export function vllmCommand(parts: readonly ModelPart[], servedName: string): string {
  const folder = dirname(firstShard(parts).path);
  return `vllm serve ${shellWord(folder)} --served-model-name ${shellWord(servedName)}`;
}

/**
 * The files of a model as vLLM's cache has them.
 * @param manifestPath where the manifest's bytes are.
 * @param folder of the cache, absolute.
 * @returns what to copy, and the model's folder in the cache.
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
