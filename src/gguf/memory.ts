/** How much memory a model takes before it is loaded. */
import type { GgufSummary } from './summary.ts';

/** An estimate, all in bytes. */
export interface MemoryEstimate {
  readonly weights: number;
  readonly kvCache: number;
  readonly overhead: number;
  readonly total: number;
}

/** Bytes of one element of the key and value cache: llama.cpp's default is F16. */
const CACHE_ELEMENT_BYTES = 2;
/** Tokens that llama.cpp computes at once by default (`n_ubatch`). */
const BATCH_TOKENS = 512;
/** Rows of the embedding's width that are alive at once in one layer. A rule of thumb. */
const LIVE_ROWS = 12;
/** The process and its libraries, before any model. */
const PROCESS_BYTES = 100 * 1024 * 1024;

/**
 * Estimates what a model needs with a context of `contextTokens` tokens:
 *
 *   weights  = bytes of its files
 *   kvCache  = contextTokens × Σ over layers (key-value heads × (key length + value length)) × 2 bytes
 *   overhead = 512 × (vocabulary size + 12 × embedding length) × 4 bytes + 100 MiB
 *
 * Key and value length are embedding length ÷ heads where the file does not say them. Models with a sliding
 * window or recurrent layers need a smaller cache than this, so the estimate is on the safe side. The
 * overhead is the buffer of one batch (logits and activations as F32) and the process.
 */
export function estimateMemory(
  summary: GgufSummary,
  options: { readonly contextTokens: number },
): MemoryEstimate {
  const weights = summary.fileBytes;
  const kvCache = options.contextTokens * cacheElements(summary) * CACHE_ELEMENT_BYTES;
  const row = (summary.vocabularySize ?? 0) + LIVE_ROWS * (summary.embeddingLength ?? 0);
  const overhead = BATCH_TOKENS * row * 4 + PROCESS_BYTES;
  return { weights, kvCache, overhead, total: weights + kvCache + overhead };
}

/** Elements in the cache for one token. */
function cacheElements(summary: GgufSummary): number {
  const heads = summary.headCount ?? 1;
  const headLength = (summary.embeddingLength ?? 0) / Math.max(heads, 1);
  const keyLength = summary.keyLength ?? headLength;
  const valueLength = summary.valueLength ?? headLength;
  const layers = summary.blockCount ?? 0;
  const totalHeads = summary.headCountKvTotal ?? layers * (summary.headCountKv ?? heads);
  return totalHeads * (keyLength + valueLength);
}
