/** Whether a model can fit at all, before llama.cpp reads it. */
import { formatBytes } from '../../../base/format.ts';
import { totalMemoryBytes } from '../../../base/systemMemory.ts';
import { estimateMemory, type GgufSummary } from '../../../gguf/index.ts';
import { HostError } from './hostError.ts';

/**
 * Refuses a model whose files alone are larger than all memory. llama.cpp would map them, and then read
 * them from disk again for every token.
 * @param modelBytes of all files.
 * @param gpuBytes memory of the GPU beside the machine's own, bytes.
 * @throws HostError `out-of-memory`.
 */
export function assertModelFits(modelBytes: number, gpuBytes: number): void {
  const memory = totalMemoryBytes() + gpuBytes;
  if (modelBytes <= memory) return;
  throw new HostError(
    'out-of-memory',
    `The model takes ${formatBytes(modelBytes)}, and this machine has ${formatBytes(memory)} of memory. Pull a smaller quantisation or a smaller model.`,
  );
}

/**
 * Refuses a context whose cache alone is larger than all memory. The library says the same, after up to a
 * minute.
 * @throws HostError `out-of-memory`.
 */
export function assertContextFits(summary: GgufSummary, contextTokens: number, gpuBytes: number): void {
  const { kvCache } = estimateMemory(summary, { contextTokens });
  const memory = totalMemoryBytes() + gpuBytes;
  if (kvCache <= memory) return;
  throw new HostError(
    'out-of-memory',
    `A context of ${contextTokens} tokens takes ${formatBytes(kvCache)}, and this machine has ${formatBytes(memory)} of memory. Choose a smaller context.`,
  );
}
