/** Reads the headers of a model's files on this machine and sums up all shards. */
import { basename, dirname, join } from 'node:path';
import { isModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { formatShardName, parseShardName } from '../base/shardName.ts';
import { headerFlaw } from './bounds.ts';
import { describe } from './description.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';
import type { GgufKind } from './kind.ts';
import type { GgufDescription, GgufSummary } from './schema.ts';
import { type GgufSource, invalidGguf, withFileSource } from './source.ts';
import { countAt, sum } from './values.ts';

/** Most shards that are read; llama.cpp's own tool splits into a few dozen. */
const MAX_SHARDS = 1000;

/**
 * Reads the header of a model's file. If that is the first shard under its own name (`…-00001-of-00003.gguf`),
 * parameters, tensors and bytes are those of all shards beside it; under any other name they are those of the one file.
 * @throws ModelError `gguf-invalid` if a file is not a GGUF, is truncated, or has impossible numbers.
 */
export async function readGgufSummary(path: string): Promise<GgufSummary> {
  const name = basename(path);
  const first = await withFileSource(path, readGgufHeader);
  const splitCount = requireFirst(first, name);
  const rest = splitCount > 1 ? await readOtherShards(path, splitCount) : [];
  const shards = [first, ...rest];
  const tensors = shards.map((shard) => shard.tensors).filter((each) => each !== undefined);
  const { metadata, vocabularySize, mergeCount, fimTokens, tensorCount } = first;
  const description = describe({ metadata, vocabularySize, mergeCount, fimTokens, tensorCount, tensors });
  if (description === undefined) throw withoutArchitecture(name);
  requireUsable(first, description, name);
  return {
    version: first.version,
    ...description,
    parameters: description.parameters ?? 0,
    infill: description.infill ?? false,
    tensorCount: description.tensorCount ?? 0,
    fileBytes: sum(shards.map((shard) => shard.fileBytes)),
  };
}

/**
 * Describes a model by the header of its first file. If the model has several files, parameters and tensors are left
 * out unless the metadata states them, because they are spread over all files.
 * @param extent `shape` stops before the vocabulary.
 * @throws ModelError `gguf-invalid`, and any error of the source.
 */
export async function describeGguf(source: GgufSource, extent: 'shape' | 'whole'): Promise<GgufDescription> {
  const header = await readGgufHeader(source, extent);
  const splitCount = requireFirst(header, source.name);
  const { metadata, vocabularySize, mergeCount, fimTokens, tensorCount } = header;
  const tensors = splitCount > 1 || header.tensors === undefined ? undefined : [header.tensors];
  const description = describe({ metadata, vocabularySize, mergeCount, fimTokens, tensorCount, tensors });
  if (description === undefined) throw withoutArchitecture(source.name);
  requireUsable(header, description, source.name);
  return description;
}

/**
 * Determines the kind of a GGUF from the beginning of its header.
 * @returns `model` for a language model; undefined if it cannot be read as a GGUF.
 * @throws any error of the source other than `gguf-invalid`.
 */
export async function kindOfGguf(source: GgufSource): Promise<GgufKind | 'model' | undefined> {
  try {
    return (await describeGguf(source, 'shape')).kind ?? 'model';
  } catch (error) {
    if (isModelError(error, 'gguf-invalid')) return undefined;
    throw error;
  }
}

/** Like {@link kindOfGguf}, for a file. Also returns undefined if there is no such file. */
export async function kindOfFile(path: string): Promise<GgufKind | 'model' | undefined> {
  try {
    return await withFileSource(path, kindOfGguf);
  } catch (error) {
    if (isModelError(error, 'gguf-invalid')) return undefined;
    throw error;
  }
}

function requireUsable(
  { metadata, vocabularySize }: GgufHeader,
  { architecture, kind }: GgufDescription,
  name: string,
): void {
  // An adapter names the architecture of its model but has none of the numbers.
  if (kind === 'adapter' || kind === 'control-vector') return;
  const flaw = headerFlaw(metadata, architecture, vocabularySize);
  if (flaw !== undefined) throw invalidGguf(name, flaw);
}

function withoutArchitecture(name: string) {
  return invalidGguf(name, t('it does not name its architecture'));
}

/** @returns the number of files of the model. @throws ModelError `gguf-invalid` if this is not the first of them. */
function requireFirst({ metadata }: GgufHeader, name: string): number {
  const count = countAt(metadata, 'split.count') ?? 1;
  const index = countAt(metadata, 'split.no') ?? 0;
  if (count > MAX_SHARDS) throw invalidGguf(name, t('it claims to be one of {0} parts', count));
  if (count <= 1 || index === 0) return count;
  const reason = t('it is part {0} of {1} of a model, and the first part is needed', index + 1, count);
  throw invalidGguf(name, reason);
}

async function readOtherShards(path: string, splitCount: number): Promise<GgufHeader[]> {
  const shard = parseShardName(basename(path));
  if (shard?.number !== 1) return [];
  if (shard.count !== splitCount || splitCount > MAX_SHARDS) {
    const reason = t('it claims to have {0} parts, but its name says {1}', splitCount, shard.count);
    throw invalidGguf(basename(path), reason);
  }
  const headers: GgufHeader[] = [];
  for (let number = 2; number <= splitCount; number++) {
    const name = formatShardName({ ...shard, number });
    headers.push(await withFileSource(join(dirname(path), name), readGgufHeader));
  }
  return headers;
}
