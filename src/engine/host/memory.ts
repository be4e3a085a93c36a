/** Whether a model can fit at all, before llama.cpp reads it. */
import { stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { formatBytes } from '../../base/format.ts';
import { HostError, reasonOf } from './failure.ts';

/** How llama.cpp's gguf-split names the parts of a model. */
const SHARD = /^(?<prefix>.+)-(?<index>\d{5})-of-(?<total>\d{5})\.gguf$/;

/** All files of the model whose first file is `modelPath`. */
export function shardPaths(modelPath: string): readonly string[] {
  const match = SHARD.exec(basename(modelPath))?.groups;
  const total = Number(match?.['total'] ?? 1);
  if (match === undefined || total < 1) return [modelPath];
  return Array.from({ length: total }, (_, index) =>
    join(
      dirname(modelPath),
      `${match['prefix']}-${String(index + 1).padStart(5, '0')}-of-${match['total']}.gguf`,
    ),
  );
}

/**
 * Sum of the model's files, bytes.
 * @throws HostError `gguf-invalid` when one is missing.
 */
export async function modelBytes(modelPath: string): Promise<number> {
  let sum = 0;
  for (const path of shardPaths(modelPath)) {
    try {
      sum += (await stat(path)).size;
    } catch (error) {
      const message = `The model file "${basename(path)}" cannot be read (${reasonOf(error)}). Pull the model again.`;
      throw new HostError('gguf-invalid', message, error);
    }
  }
  return sum;
}

/** Bytes that this process may use: the machine's memory, or less in a container. */
export function machineBytes(): number {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return limit > 0 && limit < total ? limit : total;
}

/**
 * Refuses a model whose files alone are larger than all memory. llama.cpp would map them, and then read
 * them from disk again for every token.
 * @param gpuBytes memory of the GPU beside the machine's own, bytes.
 * @throws HostError `out-of-memory`.
 */
export function assertFits(model: number, gpuBytes: number): void {
  const memory = machineBytes() + gpuBytes;
  if (model <= memory) return;
  throw new HostError(
    'out-of-memory',
    `The model takes ${formatBytes(model)}, and this machine has ${formatBytes(memory)} of memory. Pull a smaller quantisation or a smaller model.`,
  );
}
