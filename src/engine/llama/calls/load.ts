/** Loads a model into the engine's process, which holds at most one. */
import * as z from 'zod';
import { CACHE_TYPES } from '../../../inference/index.ts';
import { defineCall } from '../call.ts';

/** GGUF counts tokens in 32 bits, which is more than any real model needs. */
export const tokenCount = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

/** Largest values of a request. */
export const LOAD_BOUNDS = { contextTokens: 2 ** 31 - 1, threads: 1024 } as const;

const params = z.strictObject({
  modelPath: z.string().min(1),
  contextTokens: tokenCount.optional(),
  threads: z.int().min(1).max(LOAD_BOUNDS.threads).optional(),
  gpu: z.enum(['auto', 'off']),
  /** Layers in the GPU's memory. Defaults to as many as fit. */
  gpuLayers: z.int().min(0).max(100_000).optional(),
  /** Absolute paths of LoRA adapters to apply. */
  adapters: z.array(z.string().min(1)).max(64).optional(),
  cacheType: z.enum(CACHE_TYPES).optional(),
  /** Absolute path of the folder below which states are saved. Defaults to not saving any. */
  stateFolder: z.string().min(1).optional(),
  maxStateBytes: z.int().nonnegative().optional(),
});
export type LoadParams = z.infer<typeof params>;

const result = z.strictObject({
  contextTokens: tokenCount,
  trainContextTokens: tokenCount,
  threads: z.int().min(1).max(4096),
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  gpu: z.string().max(32),
  infill: z.boolean(),
});
export type LoadResult = z.infer<typeof result>;

export const loadCall = defineCall({
  name: 'load',
  params,
  event: z.strictObject({ fraction: z.number().min(0).max(1) }),
  result,
});
