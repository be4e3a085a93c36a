/**
 * Small models to begin with, for a box that is still empty and a machine that is offline. Names and sizes are those of
 * Docker's model cards: github.com/docker/model-cards at 05f64b0, the tables of `ai/<name>.md`, which count in MiB and
 * GiB. All are GGUF.
 */

/** A model that is worth trying first. */
export interface SuggestedModel {
  /** A short name: `smollm2:360M-Q4_K_M`. */
  readonly name: string;
  /** Bytes of its files, rounded as the card is. */
  readonly bytes: number;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** The suggestions, the smallest first. */
export const SUGGESTED_MODELS: readonly SuggestedModel[] = [
  { name: 'smollm2:135M-Q4_K_M', bytes: 98.87 * MIB },
  { name: 'smollm2:360M-Q4_K_M', bytes: 256.35 * MIB },
  { name: 'gemma3:1B-Q4_K_M', bytes: 762.49 * MIB },
  { name: 'llama3.2:1B-Q8_0', bytes: 1.22 * GIB },
  { name: 'qwen2.5:3B-Q4_K_M', bytes: 1.79 * GIB },
  { name: 'llama3.2:3B-Q4_K_M', bytes: 1.87 * GIB },
  { name: 'gemma3:4B-Q4_K_M', bytes: 2.31 * GIB },
  { name: 'qwen2.5:7B-Q4_K_M', bytes: 4.36 * GIB },
];

/**
 * Models that complete code, the smallest first: those that llama.cpp's own presets (`--fim-qwen-…-default`) load, with
 * the rounded sizes of their files.
 */
export const SUGGESTED_COMPLETERS: readonly SuggestedModel[] = [
  { name: 'hf.co/ggml-org/Qwen2.5-Coder-0.5B-Q8_0-GGUF', bytes: 0.53e9 },
  { name: 'hf.co/ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF', bytes: 1.65e9 },
  { name: 'hf.co/ggml-org/Qwen2.5-Coder-3B-Q8_0-GGUF', bytes: 3.29e9 },
];

/** A model that is less than this share of another one's size is noticeably faster. */
const NOTICEABLY_SMALLER = 0.7;

/** Returns the largest model that completes code noticeably faster than one of a size, or undefined if none does. */
export function smallerCompleter(bytes: number): SuggestedModel | undefined {
  return SUGGESTED_COMPLETERS.findLast((model) => model.bytes < bytes * NOTICEABLY_SMALLER);
}
