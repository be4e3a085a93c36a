/** Finds out how much memory the GPUs have, in a separate process because a driver may crash the one that asks. */
import { isModelError, throwIfCancelled } from '../../base/error.ts';
import { type Log, silentLog } from '../../base/log.ts';
import type { GpuMemory } from '../../gguf/index.ts';
import { devicesCall } from './calls/devices.ts';
import { HostProcess } from './process/hostProcess.ts';

/** How to start the process; see `ProcessEngineOptions`. */
export interface GpuQueryOptions {
  readonly hostPath: string;
  readonly execPath?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks llama.cpp which GPUs it can use and how much memory they have now.
 * @returns undefined if there is none, or if asking fails, which is logged: models then run on the CPU.
 * @throws ModelError `cancelled`.
 */
export async function queryGpuMemory(options: GpuQueryOptions): Promise<GpuMemory | undefined> {
  const { hostPath, execPath, env, log = silentLog, signal } = options;
  throwIfCancelled(signal);
  const host = new HostProcess({ hostPath, execPath, env, log });
  const onAbort = (): void => void host.stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await host.ready;
    const { gpu, totalBytes, availableBytes, unified } = await host.call(devicesCall, {}).done;
    if (gpu === 'cpu') return undefined;
    log.info(`llama.cpp can use a GPU through ${gpu}: ${availableBytes} of ${totalBytes} bytes are free.`);
    return { totalBytes, availableBytes, unified };
  } catch (error) {
    if (isModelError(error, 'cancelled')) throw error;
    log.warn(`The memory of a GPU is not known: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await host.stop();
  }
}
