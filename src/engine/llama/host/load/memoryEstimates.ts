/**
 * Estimates of memory by node-llama-cpp, which asks for them in each load. Its own way is to load the model twice more
 * without its weights, but with its vocabulary: two thirds of the time until a model with 262,144 tokens is ready, and up
 * to 50 MB that stay in memory.
 */
import type { GgufInsights, Llama } from 'node-llama-cpp';
import type { Library } from './library.ts';

type Estimates = Pick<
  GgufInsights,
  'estimateModelResourceRequirementsV2' | 'estimateContextResourceRequirementsV2'
>;

/** The library's own methods, once others stand in their place. */
let byLoading: Estimates | undefined;

/**
 * The library's formulas, which need only the header. For a context they were within 3 % of the figures of a load
 * (SmolLM2 and gemma 3, 512 to 32,768 tokens).
 *
 * They assume that flash attention needs keys and values of one size. llama.cpp uses it for others too, and keeps no
 * values at all for latent attention: for the models of DeepSeek and GLM the formulas yield 2.5 times the memory that a
 * context takes, which would refuse contexts that fit.
 */
const BY_FORMULA: Estimates = {
  async estimateModelResourceRequirementsV2(this: GgufInsights, options) {
    return this.estimateModelResourceRequirements(options);
  },
  async estimateContextResourceRequirementsV2(this: GgufInsights, options) {
    if (!this.flashAttentionSupported && byLoading !== undefined)
      return byLoading.estimateContextResourceRequirementsV2.call(this, options);
    const { cpuRam, gpuVram } = this.estimateContextResourceRequirements({
      ...options,
      flashAttention: options.flashAttention !== false,
    });
    return { cpuRam: cpuRam + maskBeyondLogits(this, options), gpuVram };
  },
};

/** Bytes of a logit, and of a token of the context in the mask of attention. Each token of a batch has as many of them. */
const LOGIT_BYTES = 4;
const MASK_BYTES = 2;
/** Tokens of a batch, if nothing else is said. */
const DEFAULT_BATCH = 512;

/**
 * Returns the bytes by which the mask is larger than the logits, which the formulas know. Both have the same memory, one
 * after the other. The mask for a million tokens takes a gigabyte.
 */
function maskBeyondLogits(
  { ggufFileInfo }: GgufInsights,
  { contextSize, batchSize = DEFAULT_BATCH }: { readonly contextSize: number; readonly batchSize?: number },
): number {
  const vocabulary = ggufFileInfo.metadata.tokenizer?.ggml?.tokens?.length ?? 0;
  return Math.max(0, batchSize * (MASK_BYTES * contextSize - LOGIT_BYTES * vocabulary));
}

/**
 * Chooses how the next load estimates memory. On the CPU the figures only refuse what cannot fit, for which the formulas
 * do. On a GPU they decide how many layers it takes, and have to be exact.
 */
export function chooseEstimates(library: Library, { gpu }: Pick<Llama, 'gpu'>): void {
  const { prototype } = library.GgufInsights;
  const { estimateModelResourceRequirementsV2, estimateContextResourceRequirementsV2 } = prototype;
  byLoading ??= { estimateModelResourceRequirementsV2, estimateContextResourceRequirementsV2 };
  Object.assign(prototype, gpu === false ? BY_FORMULA : byLoading);
}
