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
 *   cpu        on the CPU
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

/** The memory that a load needs, in bytes, whether it was estimated from a header or from a size alone. */
export interface MemoryNeed {
  /** Weights and caches that may be on a GPU. */
  readonly movable: number;
  /** Buffers on the GPU, all of which are taken as soon as anything else is there. */
  readonly gpuBuffers: number;
  /** Main memory that is taken even if everything else is on the GPU. */
  readonly host: number;
  /** Main memory if nothing is on a GPU. */
  readonly withoutGpu: number;
}

/**
 * GPU memory that node-llama-cpp leaves to others (`vramPadding`: 6 % of it, at most 1 GiB), because a driver that runs
 * out of memory aborts the process.
 */
const GPU_PADDING = { fraction: 0.06, most: 1024 ** 3 };
/**
 * Smallest fraction of a model worth having on the GPU; below it, moving data between the two costs more than it gains.
 */
const LEAST_GPU_PART = 0.1;

/**
 * Decides where a model runs. All verdicts come from here, so those by size and by header agree as far as their
 * estimates do. The GPU's own memory and main memory are never added: a model of which only a part is on the GPU needs
 * its whole room in main memory, where it is read from. Less need never gives a worse verdict.
 * @returns the verdict, and the bytes that would be on the GPU.
 */
export function placeModel(
  need: MemoryNeed,
  { gpu, availableBytes }: MachineMemory,
): Pick<Fit, 'verdict' | 'gpuBytes'> {
  if (gpu !== undefined) {
    const free = gpu.availableBytes - Math.min(GPU_PADDING.fraction * gpu.totalBytes, GPU_PADDING.most);
    const moved = Math.min(need.movable, Math.max(0, free - need.gpuBuffers));
    const gpuBytes = moved + need.gpuBuffers;
    // Memory that the GPU shares with the machine may be taken by other programs.
    const shared = gpu.unified ? Math.max(need.withoutGpu, need.host + need.movable + need.gpuBuffers) : 0;
    if (moved >= need.movable && Math.max(need.host, shared) <= availableBytes) {
      return { verdict: 'gpu', gpuBytes };
    }
    const inMain = Math.max(need.withoutGpu, shared);
    if (moved >= LEAST_GPU_PART * need.movable && inMain <= availableBytes) {
      return { verdict: 'part-gpu', gpuBytes };
    }
  }
  return { verdict: need.withoutGpu <= availableBytes ? 'cpu' : 'none', gpuBytes: 0 };
}

/** The context of a verdict. */
export interface FitContext extends ContextShape {
  /**
   * The fewest tokens that will do, as the engine loads a model for which no length was asked for.
   * Defaults to {@link ContextShape.contextTokens}.
   */
  readonly leastTokens?: number | undefined;
}

/** From best to worst. */
const VERDICTS: readonly Verdict[] = ['gpu', 'part-gpu', 'cpu', 'none'];

/**
 * Judges `model` for a context. If fewer tokens will do, it is the largest half, quarter and so on of the context that
 * gives the best verdict: the engine would rather have a shorter context than a part of the model on the CPU.
 */
export function judgeFit(model: EstimatedModel, context: FitContext, machine: MachineMemory): Fit {
  const { contextTokens, leastTokens = contextTokens } = context;
  const fit = judgeOnce(model, context, machine);
  const shorter = Math.floor(contextTokens / 2);
  if (fit.verdict === VERDICTS[0] || shorter < leastTokens) return fit;
  const other = judgeFit(model, { ...context, contextTokens: shorter }, machine);
  return VERDICTS.indexOf(other.verdict) < VERDICTS.indexOf(fit.verdict) ? other : fit;
}

function judgeOnce(model: EstimatedModel, context: ContextShape, machine: MachineMemory): Fit {
  const { contextTokens } = context;
  const onGpu = estimateMemory(model, { ...context, onGpu: true });
  const withoutGpu = estimateMemory(model, context);
  // Token embeddings are looked up in main memory, and the process itself is there too.
  const host = onGpu.process + (model.embeddingBytes ?? 0);
  const movable = onGpu.weights - (model.embeddingBytes ?? 0) + onGpu.kvCache;
  const need = { movable, gpuBuffers: onGpu.compute, host, withoutGpu: withoutGpu.total };
  const { verdict, gpuBytes } = placeModel(need, machine);
  const estimate = gpuBytes > 0 ? onGpu : withoutGpu;
  return { verdict, estimate, gpuBytes, ramBytes: estimate.total - gpuBytes, contextTokens };
}

/** Context length if the user sets none, in tokens: as long as the model was trained with, up to this. */
export const DEFAULT_CONTEXT_TOKENS = 16_384;

/** The fewest tokens of a context that a model is judged by if no length was asked for: a question and its file. */
export const LEAST_CONTEXT_TOKENS = 4096;

/** Returns the context to load a model with. @param wanted tokens from the setting; undefined for the model's own. */
export function contextFor(model: { readonly contextTokens?: number }, wanted: number | undefined): number {
  return Math.min(wanted ?? DEFAULT_CONTEXT_TOKENS, model.contextTokens ?? Number.POSITIVE_INFINITY);
}
