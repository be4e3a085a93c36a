/**
 * Verdicts before anything of a model was read but the size of its artifact. The header says more later, so a size gives
 * the least and the most memory that such a model needs, and the verdict is exact only if both lead to the same. What it
 * says is never contradicted by the header (`test/unit/catalog/verdicts.test.ts`). Models without grouped-query attention
 * keep several times as much of each token, so a model counts as one of them unless its name is of a family that groups.
 */
import {
  LEAST_CONTEXT_TOKENS,
  type MachineMemory,
  type MemoryNeed,
  placeModel,
  type Verdict,
} from '../gguf/index.ts';

/**
 * A verdict by size:
 *   fits       on the GPU, partly on it or on the CPU
 *   unsure     perhaps: that depends on what the header says
 */
export type SizeVerdict = Verdict | 'fits' | 'unsure';

/** A model as lists describe it. */
export interface ListedSize {
  /** Bytes of all files of the artifact, shards included. */
  readonly bytes: number;
  /** Its name, or several: they tell if a projector may be among the files, and how much is kept of each token. */
  readonly name?: string | undefined;
}

/** A machine, and the context that the user wants. */
export interface JudgedMachine extends MachineMemory {
  /** Tokens; undefined for as many as the model was trained with and fit. */
  readonly contextTokens?: number | undefined;
}

/** Names of models that see, whose artifacts have a projector that is not loaded. */
const SEES =
  /gemma-?3|gemma-?4|-vl\b|vlm|vision|llava|pixtral|moondream|minicpm-?[vo]|internvl|llama-?4|mistral-small|magistral|devstral-small-2|qwen-?3\.5|omni/i;
/** The most of an artifact that a projector takes: 1.3 of 3.2 GB of Qwen2.5-VL-3B, and half of SmolVLM-256M. */
const PROJECTOR_PART = 0.55;
/** The part of an artifact that is surely weights, beside licenses, templates and documentation. */
const WEIGHTS_PART = 0.97;

/**
 * Names of families whose attention is grouped, or recurrent, or slides, in all sizes. Those that are not here, such as
 * Llama 2, Code Llama, Phi 2 and 3, Qwen 1.5, Gemma 1 and 2, MPT, Command R and the first DeepSeek Coder, may keep a key
 * and a value of every head.
 */
const GROUPS = new RegExp(
  [
    /llama-?(?:3|4)(?![\db])/,
    /(?:^|[^a-z])(?:codeqwen|qwen-?[23])(?![\db])/,
    /qwq|mistral|ministral|mixtral|devstral|codestral|magistral|voxtral/,
    /gemma-?(?:3n?|4)(?![\db])/,
    /smollm|smolvlm|tinyllama/,
    /granite-?(?:3\.|3-(?:dense|moe)|4)/,
    /phi-?4|gpt-oss|glm-?[45]|command-(?:a|r7b)|aya-expanse/,
    /deepseek-(?:r1|v[23]|coder-v2)|deepcoder/,
    /starcoder|falcon|seed-(?:coder|oss)|lfm-?2|exaone-?[34]|nemotron|internlm-?[23]|(?:^|[^a-z])yi-/,
    /mamba|rwkv|jamba/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** Judges a model by the size of its files alone. */
export function judgeBySize({ bytes, name = '' }: ListedSize, machine: JudgedMachine): SizeVerdict {
  const { contextTokens = LEAST_CONTEXT_TOKENS } = machine;
  const loaded = bytes * (SEES.test(name) ? 1 - PROJECTOR_PART : WEIGHTS_PART);
  const best = placeModel(leastNeed(loaded), machine).verdict;
  const kept = GROUPS.test(name) ? groupedCache(bytes) : wholeCache(bytes);
  const worst = placeModel(
    mostNeed(bytes, (kept * Math.max(contextTokens, KV_TOKENS)) / KV_TOKENS),
    machine,
  ).verdict;
  if (best === worst) return best;
  return worst === 'none' ? 'unsure' : 'fits';
}

/** Tells whether a model runs here for sure. */
export function surelyFits(verdict: SizeVerdict): boolean {
  return verdict !== 'none' && verdict !== 'unsure';
}

/** The engine's process without and with the vocabulary of a model. */
const PROCESS = { least: 155e6, most: 450e6 };
/** Cells that the cache of keys and values has at least as many of as the estimates below are for. */
const KV_TOKENS = 4096;

/** The weights and an idle process. Embeddings are up to 65 % of a small model and stay in main memory. */
function leastNeed(weights: number): MemoryNeed {
  const movable = Math.max(0.35 * weights, 0.9 * weights - 600e6);
  return { movable, gpuBuffers: 0, host: PROCESS.least, withoutGpu: weights + PROCESS.least };
}

/**
 * The cache of families whose attention is grouped. For 4096 tokens it takes 0.47 GB with Qwen3-0.6B, 0.8 with
 * SmolLM2-1.7B, 0.6 with Qwen3-4B and 1.34 with Llama-3-70B.
 */
function groupedCache(weights: number): number {
  return Math.min(1.3 * weights, 850e6 + 0.02 * weights);
}

/**
 * The cache of models that keep a key and a value of every head: for 4096 tokens 1.34 GB with Phi-2, 2.1 with Llama-2-7B,
 * 5.4 with Command R and 10.7 with Llama-65B, whose weights take 1.2, 2.8, 14 and 27 GB at Q2_K.
 */
function wholeCache(weights: number): number {
  return Math.min(1.3 * weights, 750e6 + 0.55 * weights, 2.2e9 + 0.32 * weights);
}

/** The weights with the cache, and buffers and vocabulary of the models that have most of them for their size. */
function mostNeed(weights: number, cache: number): MemoryNeed {
  const embeddings = Math.min(0.65 * weights, 600e6 + 0.1 * weights);
  const buffers = Math.min(350e6, 60e6 + 0.05 * weights);
  return {
    movable: weights + cache,
    // The scores of a whole batch, which Gemma's vocabulary has most of.
    gpuBuffers: 560e6,
    host: PROCESS.most + embeddings,
    withoutGpu: weights + cache + buffers + PROCESS.most,
  };
}
