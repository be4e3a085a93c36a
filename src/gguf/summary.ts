/** The headers of a model's files on this machine, all shards together. */
import { basename, dirname, join } from 'node:path';
import { isModelError } from '../base/error.ts';
import { formatShardName, parseShardName } from '../base/shardName.ts';
import { headerFlaw } from './bounds.ts';
import { describe } from './description.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';
import type { GgufKind } from './kind.ts';
import type { GgufDescription, GgufSummary } from './schema.ts';
import { type GgufSource, invalidGguf, withFileSource } from './source.ts';
import { countAt, sum } from './values.ts';

/** Shards that are read at most; llama.cpp's own tool splits into a few dozen. */
const MAX_SHARDS = 1000;

/**
 * Reads the header of a model's file. Where that is the first shard under its own name
 * (`…-00001-of-00003.gguf`), parameters, tensors and bytes are those of all shards beside it; under another
 * name they are those of the one file.
 * @throws ModelError `gguf-invalid` where a file is not a GGUF, is cut off, or has impossible numbers.
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
 * What the header of a model's first file says. Of a model of several files, parameters and tensors are left out
 * unless the metadata says them: they are spread over all files.
 * @param extent `shape` stops before the vocabulary.
 * @throws ModelError `gguf-invalid`, and what the source throws.
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
 * What a GGUF is, as the beginning of its header says it.
 * @returns `model` for a language model; undefined for what cannot be read as a GGUF.
 * @throws what the source throws, but `gguf-invalid`.
 */
export async function kindOfGguf(source: GgufSource): Promise<GgufKind | 'model' | undefined> {
  try {
    return (await describeGguf(source, 'shape')).kind ?? 'model';
  } catch (error) {
    if (isModelError(error, 'gguf-invalid')) return undefined;
    throw error;
  }
}

/** As {@link kindOfGguf}, of a file; undefined also if there is none. */
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
  // An adapter has a model's architecture, and none of its numbers.
  if (kind === 'adapter' || kind === 'control-vector') return;
  const flaw = headerFlaw(metadata, architecture, vocabularySize);
  if (flaw !== undefined) throw invalidGguf(name, flaw);
}

function withoutArchitecture(name: string) {
  return invalidGguf(name, 'it does not say which architecture it has');
}

/** @returns the number of files of the model. @throws ModelError `gguf-invalid` where this is not the first. */
function requireFirst({ metadata }: GgufHeader, name: string): number {
  const count = countAt(metadata, 'split.count') ?? 1;
  const index = countAt(metadata, 'split.no') ?? 0;
  if (count > MAX_SHARDS) throw invalidGguf(name, `it says that it is one of ${count} parts`);
  if (count <= 1 || index === 0) return count;
  throw invalidGguf(name, `it is part ${index + 1} of ${count} of a model, and the first is needed`);
}

async function readOtherShards(path: string, splitCount: number): Promise<GgufHeader[]> {
  const shard = parseShardName(basename(path));
  if (shard?.number !== 1) return [];
  if (shard.count !== splitCount || splitCount > MAX_SHARDS) {
    const reason = `it says that it has ${splitCount} parts, and its name says ${shard.count}`;
    throw invalidGguf(basename(path), reason);
  }
  const headers: GgufHeader[] = [];
  for (let number = 2; number <= splitCount; number++) {
    const name = formatShardName({ ...shard, number });
    headers.push(await withFileSource(join(dirname(path), name), readGgufHeader));
  }
  return headers;
}
