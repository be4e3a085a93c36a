/** Judges if a model fits into this machine's memory, and how well. */
import { type ContextShape, type EstimatedModel, estimateMemory, type MemoryEstimate } from './memory.ts';

/** The memory of a machine, in bytes. */
export interface MachineMemory {
  /** Memory that programs can take now without anything being swapped out. */
  readonly availableBytes: number;
  /** All of it, or the limit of a container. */
  readonly totalBytes: number;
  /** Undefined if llama.cpp has no GPU that it can use, or should use none. */
  readonly gpu: GpuMemory | undefined;
}

/** The combined memory of all GPUs, in bytes. */
export interface GpuMemory {
  readonly availableBytes: number;
  readonly totalBytes: number;
  /** True if the GPU shares the machine's main memory, as on Apple silicon. */
  readonly unified: boolean;
}

/**
 * Where a model would run:
 *   gpu        entirely on the GPU
 *   part-gpu   some layers on the GPU, the others on the CPU
 *   cpu        on the CPU, which is slow
 *   none       nowhere: it does not fit into the memory that is free now
 */
export type Verdict = 'gpu' | 'part-gpu' | 'cpu' | 'none';

/** A verdict with the figures behind it. */
export interface Fit {
  readonly verdict: Verdict;
  readonly estimate: MemoryEstimate;
  /** The part of {@link MemoryEstimate.total} that would be on the GPU. */
  readonly gpuBytes: number;
  /** The part of {@link MemoryEstimate.total} that would be in main memory. */
  readonly ramBytes: number;
  readonly contextTokens: number;
}

/**
 * GPU memory that node-llama-cpp leaves to others (`vramPadding`: 6 % of it, at most 1 GiB), because a driver that runs
 * out of memory aborts the process.
 */
const GPU_PADDING = { fraction: 0.06, most: 1024 ** 3 };
/**
 * Smallest fraction of a model worth having on the GPU; below it, moving data between the two costs more than it gains.
 */
export const LEAST_GPU_PART = 0.1;

/** Judges `model` for a context. */
export function judgeFit(model: EstimatedModel, context: ContextShape, machine: MachineMemory): Fit {
  const { contextTokens } = context;
  const { gpu, availableBytes } = machine;
  const onGpu = estimateMemory(model, { ...context, onGpu: true });
  // Token embeddings are looked up in main memory, and the process itself is there too.
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
  const estimate = estimateMemory(model, context);
  const verdict = estimate.total <= availableBytes ? 'cpu' : 'none';
  return { verdict, estimate, gpuBytes: 0, ramBytes: estimate.total, contextTokens };
}

/** Context length if the user sets none, in tokens: as long as the model was trained with, up to this. */
export const DEFAULT_CONTEXT_TOKENS = 16_384;

/** Returns the context to load a model with. @param wanted tokens from the setting; undefined for the model's own. */
export function contextFor(model: { readonly contextTokens?: number }, wanted: number | undefined): number {
  return Math.min(wanted ?? DEFAULT_CONTEXT_TOKENS, model.contextTokens ?? Number.POSITIVE_INFINITY);
}
