/** Refuses models and contexts that cannot fit into memory, before llama.cpp reads them. */
import { formatBytes } from '../../../../base/format.ts';
import { t } from '../../../../base/l10n.ts';
import { totalMemoryBytes } from '../../../../base/systemMemory.ts';
import { type ContextShape, estimateMemory, type GgufSummary } from '../../../../gguf/index.ts';
import { HostError } from '../hostError.ts';

/**
 * Refuses a model whose files alone are larger than all memory. llama.cpp would map them and then read them from disk
 * again for every token.
 * @param modelBytes size of all files.
 * @param gpuBytes memory of the GPU on top of the machine's own, in bytes.
 * @throws HostError `out-of-memory`.
 */
export function assertModelFits(modelBytes: number, gpuBytes: number): void {
  const memory = totalMemoryBytes() + gpuBytes;
  if (modelBytes <= memory) return;
  throw new HostError(
    'out-of-memory',
    t(
      'The model takes {0}, but this machine has only {1} of memory. Pull a smaller quantization or a smaller model.',
      formatBytes(modelBytes),
      formatBytes(memory),
    ),
  );
}

/**
 * Refuses a context whose cache alone is larger than all memory. The library comes to the same conclusion, but only
 * after up to a minute.
 * @throws HostError `out-of-memory`.
 */
export function assertContextFits(
  summary: GgufSummary,
  { contextTokens, cacheType }: ContextShape,
  gpuBytes: number,
): void {
  const { kvCache } = estimateMemory(summary, { contextTokens, cacheType });
  const memory = totalMemoryBytes() + gpuBytes;
  if (kvCache <= memory) return;
  throw new HostError(
    'out-of-memory',
    t(
      'A context of {0} tokens takes {1}, but this machine has only {2} of memory. Choose a smaller context.',
      contextTokens,
      formatBytes(kvCache),
      formatBytes(memory),
    ),
  );
}
