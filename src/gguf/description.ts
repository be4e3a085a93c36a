/** Describes a model in this project's terms, from the metadata of its GGUF. */
import { readSampling } from '../base/sampling.ts';
import { cacheShape } from './cacheShape.ts';
import { templateAbilities } from './chatTemplate.ts';
import { fileTypeName } from './ggmlTypes.ts';
import { kindOf } from './kind.ts';
import { SAMPLING_KEYS } from './metadata.ts';
import { parametersIn } from './quantization.ts';
import type { GgufDescription } from './schema.ts';
import type { TensorSummary } from './tensors.ts';
import { ArchitectureValues, countAt, defined, largest, type Metadata, sum, textAt } from './values.ts';

/** Metadata of a model's files, all shards together. */
export interface ReadMetadata {
  readonly metadata: Metadata;
  readonly vocabularySize?: number | undefined;
  readonly mergeCount?: number | undefined;
  readonly fimTokens?: boolean | undefined;
  /** Of the first file; absent if only its metadata is known. */
  readonly tensorCount?: number | undefined;
  /** One entry for each shard; absent if they were not read. */
  readonly tensors?: readonly TensorSummary[] | undefined;
}

/** Describes a model. Returns undefined if its metadata does not name an architecture. */
export function describe(read: ReadMetadata): GgufDescription | undefined {
  const { metadata, tensors } = read;
  const splitCount = countAt(metadata, 'split.count') ?? 1;
  const { tensorCount } = read;
  const hasVocabulary = read.vocabularySize !== undefined;
  const facts = tensorCount === undefined ? undefined : { tensorCount, splitCount, hasVocabulary };
  const kind = kindOf(metadata, facts);
  const architecture = textAt(metadata, 'general.architecture') ?? kind;
  if (architecture === undefined) return undefined;
  const values = new ArchitectureValues(metadata, architecture);
  return {
    architecture,
    ...defined('kind', kind),
    ...defined('name', shortTextAt(metadata, 'general.name')),
    ...defined('license', shortTextAt(metadata, 'general.license')),
    ...defined('quantization', quantizationOf(metadata, tensors)),
    ...defined('parameters', parametersOf(metadata, tensors)),
    ...defined('contextTokens', values.count('context_length')),
    ...defined('embeddingLength', values.count('embedding_length')),
    ...defined('feedForwardLength', largest(values.counts('feed_forward_length'))),
    ...defined('expertCount', values.count('expert_count') || undefined),
    ...defined('expertUsedCount', values.count('expert_used_count') || undefined),
    ...defined('expertFeedForwardLength', largest(values.counts('expert_feed_forward_length'))),
    ...defined('blockCount', values.count('block_count')),
    ...defined('headCount', largest(values.counts('attention.head_count'))),
    ...defined('headCountKv', largest(values.counts('attention.head_count_kv'))),
    ...defined('keyLength', values.count('attention.key_length')),
    ...defined('valueLength', values.count('attention.value_length')),
    cache: cacheShape(values),
    ...defined('vocabularySize', read.vocabularySize ?? values.count('vocab_size')),
    ...defined('mergeCount', read.mergeCount),
    ...templatePart(metadata),
    ...defined('infill', read.fimTokens === true || hasFimIds(metadata) ? true : read.fimTokens),
    ...tensorPart(tensors),
    ...defined('splitCount', splitCount > 1 ? splitCount : undefined),
    ...samplingPart(metadata),
  };
}

/** Digits that a 32-bit float keeps reliably: 0.95 is stored as 0.949999988. */
const FLOAT_DIGITS = 7;

function samplingPart(metadata: Metadata): Partial<GgufDescription> {
  const sampling = readSampling((parameter) => {
    const value = metadata.get(SAMPLING_KEYS[parameter] ?? '');
    return typeof value === 'number' ? Number(value.toPrecision(FLOAT_DIGITS)) : undefined;
  });
  return Object.keys(sampling).length === 0 ? {} : { sampling };
}

/** Longest name or license that is kept, in characters; both are shown on one line. */
const MAX_SHORT_TEXT = 200;

function shortTextAt(metadata: Metadata, key: string): string | undefined {
  const value = textAt(metadata, key)?.trim();
  return value === '' ? undefined : value?.slice(0, MAX_SHORT_TEXT);
}

function tensorPart(tensors: readonly TensorSummary[] | undefined): Partial<GgufDescription> {
  if (tensors === undefined) return {};
  const matrixBytes: Record<string, number> = {};
  const add = (type: string, bytes: number): void => {
    matrixBytes[type] = (matrixBytes[type] ?? 0) + bytes;
  };
  for (const { matrixBytes: shard } of tensors) for (const [type, bytes] of shard) add(type, bytes);
  const embedding = tensors.find((shard) => shard.embedding !== undefined)?.embedding;
  if (embedding !== undefined && !tensors.some(({ hasOutput }) => hasOutput))
    add(embedding.type, embedding.bytes);
  return {
    tensorCount: sum(tensors.map(({ count }) => count)),
    matrixBytes,
    ...defined('embeddingBytes', embedding?.bytes),
  };
}

function templatePart(metadata: Metadata): Partial<GgufDescription> {
  const chatTemplate = textAt(metadata, 'tokenizer.chat_template');
  if (chatTemplate === undefined) return {};
  const { tools, thinking } = templateAbilities(chatTemplate);
  const forTools = textAt(metadata, 'tokenizer.chat_template.tool_use');
  return { chatTemplate, tools: tools || forTools !== undefined, thinking };
}

/** Returns the type that the file states, or else the type that most of its bytes have. */
function quantizationOf(
  metadata: Metadata,
  tensors: readonly TensorSummary[] | undefined,
): string | undefined {
  const fileType = countAt(metadata, 'general.file_type');
  const stated = fileType === undefined ? undefined : fileTypeName(fileType);
  if (stated !== undefined || tensors === undefined) return stated;
  const { matrixBytes = {} } = tensorPart(tensors);
  return Object.entries(matrixBytes).sort(([, a], [, b]) => b - a)[0]?.[0];
}

function parametersOf(metadata: Metadata, tensors: readonly TensorSummary[] | undefined): number | undefined {
  if (tensors !== undefined) return sum(tensors.map(({ parameters }) => parameters));
  const label = textAt(metadata, 'general.size_label');
  return (
    countAt(metadata, 'general.parameter_count') ?? (label === undefined ? undefined : parametersIn(label))
  );
}

/** Checks both the current names of the keys and those used before October 2024. */
function hasFimIds(metadata: Metadata): boolean {
  return [
    ['fim_pre', 'fim_suf', 'fim_mid'],
    ['prefix', 'suffix', 'middle'],
  ].some((parts) => parts.every((part) => metadata.has(`tokenizer.ggml.${part}_token_id`)));
}
