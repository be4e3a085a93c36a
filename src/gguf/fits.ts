/** Whether a model fits this machine, and how well. */
import { type EstimatedModel, estimateMemory, type MemoryEstimate } from './memory.ts';

/** The memory of a machine. Bytes. */
export interface MachineMemory {
  /** What programs may take now, without anything being moved to the disk. */
  readonly availableBytes: number;
  /** All of it, or what a container may have. */
  readonly totalBytes: number;
  /** Undefined where there is no GPU that llama.cpp can use, or none is to be used. */
  readonly gpu: GpuMemory | undefined;
}

/** The memory of all GPUs together. Bytes. */
export interface GpuMemory {
  readonly availableBytes: number;
  readonly totalBytes: number;
  /** Whether it is the machine's own memory, as on Apple silicon. */
  readonly unified: boolean;
}

/**
 *   gpu        all of it on the GPU
 *   part-gpu   some layers on the GPU, the others on the CPU
 *   cpu        on the CPU, which is slow
 *   none       it does not fit into what is free now
 */
export type Verdict = 'gpu' | 'part-gpu' | 'cpu' | 'none';

/** A verdict, with the figures behind it. */
export interface Fit {
  readonly verdict: Verdict;
  readonly estimate: MemoryEstimate;
  /** Of {@link MemoryEstimate.total}: what would be on the GPU. */
  readonly gpuBytes: number;
  /** Of {@link MemoryEstimate.total}: what would be in main memory. */
  readonly ramBytes: number;
  readonly contextTokens: number;
}

/**
 * Memory of a GPU that node-llama-cpp leaves to others (`vramPadding`: 6 % of it, at most 1 GiB), because a driver
 * that runs out of it ends the process.
 */
const GPU_PADDING = { fraction: 0.06, most: 1024 ** 3 };
/** Less of a model than this on the GPU gains nothing over the way between the two. */
const LEAST_GPU_PART = 0.1;

/** Judges a model for a context of `contextTokens` tokens. */
export function judgeFit(model: EstimatedModel, contextTokens: number, machine: MachineMemory): Fit {
  const { gpu, availableBytes } = machine;
  const onGpu = estimateMemory(model, { contextTokens, onGpu: true });
  // Token embeddings are looked up in main memory; the process is there, too.
  const hostBytes = onGpu.process + (model.embeddingBytes ?? 0);
  const movable = onGpu.weights - (model.embeddingBytes ?? 0) + onGpu.kvCache;
  if (gpu !== undefined) {
    const free = gpu.availableBytes - Math.min(GPU_PADDING.fraction * gpu.totalBytes, GPU_PADDING.most);
    const gpuBytes = Math.min(movable, Math.max(0, free - onGpu.compute)) + onGpu.compute;
    const ramBytes = onGpu.total - gpuBytes;
    const fitsRam = (gpu.unified ? onGpu.total : ramBytes) <= availableBytes;
    if (fitsRam && gpuBytes - onGpu.compute >= movable) {
      return { verdict: 'gpu', estimate: onGpu, gpuBytes, ramBytes: hostBytes, contextTokens };
    }
    if (fitsRam && gpuBytes - onGpu.compute >= LEAST_GPU_PART * movable) {
      return { verdict: 'part-gpu', estimate: onGpu, gpuBytes, ramBytes, contextTokens };
    }
  }
  const estimate = estimateMemory(model, { contextTokens });
  const verdict = estimate.total <= availableBytes ? 'cpu' : 'none';
  return { verdict, estimate, gpuBytes: 0, ramBytes: estimate.total, contextTokens };
}

/** Tokens of a context where none is asked for: as many as the model was trained with, up to this. */
export const DEFAULT_CONTEXT_TOKENS = 16_384;

/** The context that a model is loaded with. @param wanted tokens of the setting; undefined for the model's own. */
export function contextFor(model: { readonly contextTokens?: number }, wanted: number | undefined): number {
  return Math.min(wanted ?? DEFAULT_CONTEXT_TOKENS, model.contextTokens ?? Number.POSITIVE_INFINITY);
}
