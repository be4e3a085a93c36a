/** What a GGUF says about its model, in the words of this project. */
import { basename, dirname, join } from 'node:path';
import { invalidGguf } from './byteReader.ts';
import { fileTypeName } from './ggmlTypes.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';

/** A model as its GGUF describes it. Keys that a file lacks are absent. */
export interface GgufSummary {
  /** Of the format: 2 or 3. */
  readonly version: number;
  /** Such as `llama` or `qwen2`. */
  readonly architecture: string;
  readonly name?: string;
  /** Such as `Q4_K_M`. */
  readonly quantization?: string;
  /** Elements of all tensors. */
  readonly parameters: number;
  /** Tokens that the model was trained with. */
  readonly contextTokens?: number;
  readonly embeddingLength?: number;
  /** Layers. */
  readonly blockCount?: number;
  /** Attention heads of a layer; the largest where layers differ. */
  readonly headCount?: number;
  /** Key and value heads of a layer; the largest where layers differ. */
  readonly headCountKv?: number;
  /** Key and value heads of all layers together, where layers differ. */
  readonly headCountKvTotal?: number;
  /** Elements of one key. */
  readonly keyLength?: number;
  /** Elements of one value. */
  readonly valueLength?: number;
  /** Tokens. */
  readonly vocabularySize?: number;
  /** Jinja; absent above 256 KiB. */
  readonly chatTemplate?: string;
  /** Whether the model can fill in the middle. */
  readonly infill: boolean;
  readonly tensorCount: number;
  /** Of all shards together, bytes. */
  readonly fileBytes: number;
  /** Files of the model; absent where it is one. */
  readonly splitCount?: number;
}

const SHARD = /^(.+)-00001-of-(\d{5})(\.gguf)$/i;
/** Shards that are read at most; llama.cpp's own tool splits into a few dozen. */
const MAX_SHARDS = 1000;

/**
 * Reads the header of a model's file. Where that is the first shard under its own name
 * (`…-00001-of-00003.gguf`), parameters, tensors and bytes are those of all shards beside it; under another
 * name they are those of the one file.
 * @throws ModelError `gguf-invalid` where a file is not a GGUF, is cut off, or has impossible numbers.
 */
export async function readGgufSummary(path: string): Promise<GgufSummary> {
  const first = await readGgufHeader(path);
  const splitCount = number(first, 'split.count') ?? 1;
  const splitNumber = number(first, 'split.no') ?? 0;
  if (splitCount > 1 && splitNumber !== 0) {
    throw invalidGguf(
      path,
      `it is part ${splitNumber + 1} of ${splitCount} of a model, and the first is needed`,
    );
  }
  const rest = splitCount > 1 ? await readOtherShards(path, splitCount) : [];
  return summarise(path, [first, ...rest], splitCount);
}

async function readOtherShards(path: string, splitCount: number): Promise<GgufHeader[]> {
  const [, prefix, count, extension] = SHARD.exec(basename(path)) ?? [];
  if (prefix === undefined || count === undefined) return [];
  if (Number(count) !== splitCount || splitCount > MAX_SHARDS) {
    throw invalidGguf(path, `it says that it has ${splitCount} parts, and its name says ${Number(count)}`);
  }
  const headers: GgufHeader[] = [];
  for (let shard = 2; shard <= splitCount; shard++) {
    const name = `${prefix}-${String(shard).padStart(5, '0')}-of-${count}${extension}`;
    headers.push(await readGgufHeader(join(dirname(path), name)));
  }
  return headers;
}

function summarise(path: string, shards: readonly GgufHeader[], splitCount: number): GgufSummary {
  const [header] = shards;
  const architecture = header === undefined ? undefined : text(header, 'general.architecture');
  if (header === undefined || architecture === undefined) {
    throw invalidGguf(path, 'it does not say which architecture it has');
  }
  const of = (key: string) => number(header, `${architecture}.${key}`);
  const fileType = number(header, 'general.file_type');
  const heads = numbers(header, `${architecture}.attention.head_count`);
  const headsKv = numbers(header, `${architecture}.attention.head_count_kv`);
  return {
    version: header.version,
    architecture,
    ...defined('name', text(header, 'general.name')),
    ...defined('quantization', fileType === undefined ? undefined : fileTypeName(fileType)),
    parameters: sum(shards.map((shard) => shard.tensors.parameters)),
    ...defined('contextTokens', of('context_length')),
    ...defined('embeddingLength', of('embedding_length')),
    ...defined('blockCount', of('block_count')),
    ...defined('headCount', largest(heads)),
    ...defined('headCountKv', largest(headsKv)),
    ...defined('headCountKvTotal', headsKv.length > 1 ? sum(headsKv) : undefined),
    ...defined('keyLength', of('attention.key_length')),
    ...defined('valueLength', of('attention.value_length')),
    ...defined('vocabularySize', header.vocabularySize ?? of('vocab_size')),
    ...defined('chatTemplate', text(header, 'tokenizer.chat_template')),
    infill: header.fimTokens || hasFimIds(header),
    tensorCount: sum(shards.map((shard) => shard.tensors.count)),
    fileBytes: sum(shards.map((shard) => shard.fileBytes)),
    ...defined('splitCount', splitCount > 1 ? splitCount : undefined),
  };
}

function hasFimIds(header: GgufHeader): boolean {
  return (
    ['fim_pre', 'fim_suf', 'fim_mid'].every((part) =>
      header.metadata.has(`tokenizer.ggml.${part}_token_id`),
    ) ||
    ['prefix', 'suffix', 'middle'].every((part) => header.metadata.has(`tokenizer.ggml.${part}_token_id`))
  );
}

/** `{ [key]: value }`, or nothing where the value is undefined. */
function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

function text(header: GgufHeader, key: string): string | undefined {
  const value = header.metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** A count: whole, not negative and exact; anything else is as good as absent. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function number(header: GgufHeader, key: string): number | undefined {
  const value = header.metadata.get(key);
  return isCount(value) ? value : undefined;
}

/** A value that may be one number for all layers or one for each. */
function numbers(header: GgufHeader, key: string): readonly number[] {
  const value = header.metadata.get(key);
  if (isCount(value)) return [value];
  return Array.isArray(value) && value.every(isCount) ? value : [];
}

function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
