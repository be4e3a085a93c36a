/**
 * Estimates how much memory a model takes before it is loaded. Each part follows what llama.cpp allocates and is
 * explained at its function; `test/engine/fits.test.ts` compares the sum with what a process really takes.
 */
import type { GgufDescription } from './schema.ts';

/** The basis of an estimate: a description and the bytes of all files. */
export type EstimatedModel = Omit<GgufDescription, 'chatTemplate'> & { readonly fileBytes: number };

/** An estimate, in bytes. */
export interface MemoryEstimate {
  /** The files, which are mapped and read completely for each token. */
  readonly weights: number;
  /** Keys, values and states of a full context. */
  readonly kvCache: number;
  /** Buffers to compute one batch. */
  readonly compute: number;
  /** The engine's process without a model, plus its vocabulary. */
  readonly process: number;
  /** Memory that the model needs to run at full speed. */
  readonly total: number;
  /**
   * Memory that the process may take on top of {@link total}: weights that are repacked for the CPU are in memory twice
   * until the system needs the file's pages.
   */
  readonly copied: number;
}

/** The size of a context and the type of the numbers in its cache. */
export interface ContextShape {
  readonly contextTokens: number;
  /** Defaults to `f16`. */
  readonly cacheType?: keyof typeof CACHE_ELEMENT_BYTES | undefined;
}

/** The conditions under which a model is loaded. */
export interface EstimateOptions extends ContextShape {
  /** Architecture of the CPU as Node.js names it. Defaults to that of this machine. */
  readonly cpu?: string | undefined;
  /** True if batches are computed on a GPU, which takes all reserved memory at once. */
  readonly onGpu?: boolean | undefined;
}

const MIB = 1024 * 1024;
/** Bytes of one element of the cache. Quantized ones are in blocks of 32 with a scale of 2 bytes (ggml-common.h). */
const CACHE_ELEMENT_BYTES = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const;
/** Bytes of a number in a computation, which is F32. */
const FLOAT_BYTES = 4;
/** Tokens that are computed at once; the default of node-llama-cpp (`getDefaultContextBatchSize`). */
const BATCH_TOKENS = 512;
/** The cells of a cache are a multiple of this (GGML_PAD in llama-context.cpp and llama-kv-cache-iswa.cpp). */
const CELL_PADDING = 256;
/**
 * The engine's process with a model of 100 kB, measured on Linux with Node 24: 93 MiB of its own, and 60 MiB of code
 * that it shares with other processes of the same editor.
 */
const PROCESS_BYTES = 150 * MIB;
/**
 * A token of the vocabulary: its text as a string, in a hash table and as a cached piece in llama.cpp (about 170 bytes
 * including the allocator's), and again in the library's JavaScript. Measured with 50,000 and 150,000 tokens: 460 to
 * 650.
 */
const BYTES_PER_TOKEN = 512;
/** A pair of tokens that is joined (`bpe_ranks`, a tree of pairs of strings). Measured with 150,000 pairs: 390. */
const BYTES_PER_MERGE = 400;

/** Estimates the memory of `model`. Anything that its description lacks counts as zero. */
export function estimateMemory(model: EstimatedModel, options: EstimateOptions): MemoryEstimate {
  const { contextTokens, cacheType = 'f16', cpu = process.arch, onGpu = false } = options;
  const weights = model.fileBytes;
  const kvCache = cacheBytes(model, contextTokens, CACHE_ELEMENT_BYTES[cacheType]);
  const compute = onGpu
    ? Math.max(logitBytes(model, contextTokens), layerBytes(model, contextTokens))
    : layerBytes(model, contextTokens);
  const tokenizer = (model.vocabularySize ?? 0) * BYTES_PER_TOKEN + (model.mergeCount ?? 0) * BYTES_PER_MERGE;
  const processBytes = PROCESS_BYTES + tokenizer;
  return {
    weights,
    kvCache,
    compute,
    process: processBytes,
    total: weights + kvCache + compute + processBytes,
    copied: copiedBytes(model, cpu),
  };
}

function padded(tokens: number): number {
  return Math.ceil(tokens / CELL_PADDING) * CELL_PADDING;
}

/**
 * Bytes of keys and values: `cells × elements × elementBytes`. Layers with a sliding window have cells for the window and one
 * batch. The states of recurrent layers do not grow.
 */
function cacheBytes({ cache }: EstimatedModel, contextTokens: number, elementBytes: number): number {
  const cells = padded(contextTokens);
  const elements = cells * cache.fullElements + slidingCells(cache, cells) * cache.slidingElements;
  return elements * elementBytes + cache.stateBytes;
}

function slidingCells({ slidingWindow = 0 }: EstimatedModel['cache'], cells: number): number {
  return Math.min(cells, padded(slidingWindow + BATCH_TOKENS));
}

function batchTokens(contextTokens: number): number {
  return Math.min(BATCH_TOKENS, padded(contextTokens));
}

/**
 * Bytes of the scores of all tokens of a batch, plus two rows of the model's width. They are reserved as a whole, but
 * the engine asks for the scores of one token at a time, so the rest never touches main memory.
 */
function logitBytes(
  { vocabularySize = 0, embeddingLength = 0 }: EstimatedModel,
  contextTokens: number,
): number {
  return batchTokens(contextTokens) * (vocabularySize + 2 * embeddingLength) * FLOAT_BYTES;
}

/**
 * Bytes that are alive at once inside a layer, in addition to the mask (`attn_inp_kq_mask`):
 *   attention      the layer's input, its norm, query, key, value and result: 6 rows
 *   feed-forward   gate, up and their product, with 4 rows of the model's width
 *   experts        the same for each expert that a token uses, plus its result
 * Without flash attention the scores of all heads are added, and the mask is F32.
 */
function layerBytes(model: EstimatedModel, contextTokens: number): number {
  const { embeddingLength: width = 0, headCount = 1, keyLength, feedForwardLength = 0, cache } = model;
  const query = Math.max(width, headCount * (keyLength ?? 0));
  const attention = 6 * query;
  const feedForward = 3 * feedForwardLength + 4 * width;
  const used = model.expertUsedCount ?? 0;
  const experts = used * (3 * (model.expertFeedForwardLength ?? feedForwardLength) + width) + 4 * width;
  const cells = padded(contextTokens);
  const maskCells = cells + (cache.slidingWindow === undefined ? 0 : slidingCells(cache, cells));
  const isFlash = hasFlashAttention(model);
  const perToken =
    Math.max(attention, feedForward, used === 0 ? 0 : experts) * FLOAT_BYTES +
    maskCells * (isFlash ? 2 : FLOAT_BYTES) +
    (isFlash ? 0 : headCount * cells * FLOAT_BYTES);
  return batchTokens(contextTokens) * perToken;
}

/** Follows node-llama-cpp (GgufInsights, `flashAttentionSupported`). */
function hasFlashAttention({ architecture, keyLength, valueLength }: EstimatedModel): boolean {
  return architecture !== 'grok' && architecture !== 'gemma2' && keyLength === valueLength;
}

/**
 * Types that llama.cpp repacks into blocks of 4 or 8 rows while it loads them (ggml-cpu/repack.cpp): on x86 with AVX2,
 * on ARM with dotprod or i8mm, which all but the oldest machines have.
 */
const COPIED_TYPES: Readonly<Record<string, readonly string[]>> = {
  x64: ['Q4_0', 'Q4_K', 'IQ4_NL', 'MXFP4'],
  arm64: ['Q4_0', 'Q4_K', 'Q5_K', 'Q6_K', 'Q8_0', 'IQ4_NL', 'MXFP4'],
};

function copiedBytes({ matrixBytes = {} }: EstimatedModel, cpu: string): number {
  return (COPIED_TYPES[cpu] ?? []).reduce((bytes, type) => bytes + (matrixBytes[type] ?? 0), 0);
}
