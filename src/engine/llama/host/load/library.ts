/** Starts llama.cpp through node-llama-cpp. */
import { availableParallelism } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import { t } from '../../../../base/l10n.ts';
import type { Devices } from '../../calls/devices.ts';
import type { LoadParams } from '../../calls/load.ts';
import { HostError, reasonOf } from '../hostError.ts';
import type { LlamaLog } from '../llamaLog.ts';

export type Library = typeof import('node-llama-cpp');

/** Imports node-llama-cpp. @throws HostError `engine-unavailable`. */
export async function importLibrary(): Promise<Library> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    const message = t(
      'llama.cpp cannot be started here ({0}). Install the extension that was built for {1} {2}.',
      reasonOf(error),
      process.platform,
      process.arch,
    );
    throw new HostError('engine-unavailable', message, error);
  }
}

/** Starts llama.cpp. @throws HostError `engine-unavailable`. */
export async function startLlama(
  library: Library,
  request: Pick<LoadParams, 'gpu'>,
  log: LlamaLog,
): Promise<Llama> {
  try {
    return await library.getLlama({
      gpu: request.gpu === 'off' ? false : 'auto',
      // Nothing is compiled or downloaded on the user's machine; only the packaged libraries are used.
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // The library's default is at least 4, which makes a machine with 2 cores a hundred times slower.
      maxThreads: availableParallelism(),
      logLevel: library.LlamaLogLevel.info,
      logger: (level, message) => log.write(level, message),
    });
  } catch (error) {
    const reason =
      error instanceof library.NoBinaryFoundError ? t('there is no library for it') : reasonOf(error);
    const message = t(
      'llama.cpp cannot run on {0} {1}: {2}. Install the extension that was built for this platform.',
      process.platform,
      process.arch,
      reason,
    );
    throw new HostError('engine-unavailable', message, error);
  }
}

/** Returns the GPU's memory in bytes, without the part that is the machine's main memory. */
export async function gpuBytes(llama: Llama): Promise<number> {
  if (llama.gpu === false) return 0;
  const { total, unifiedSize } = await llama.getVramState();
  return total - unifiedSize;
}

/** Finds the GPUs that llama.cpp can use. @throws HostError `engine-unavailable`. */
export async function findDevices(log: LlamaLog): Promise<Devices> {
  const llama = await startLlama(await importLibrary(), { gpu: 'auto' }, log);
  if (llama.gpu === false) return { gpu: 'cpu', totalBytes: 0, availableBytes: 0, unified: false };
  const { total, free, unifiedSize } = await llama.getVramState();
  return { gpu: llama.gpu, totalBytes: total, availableBytes: free, unified: unifiedSize > total / 2 };
}
