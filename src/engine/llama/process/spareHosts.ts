/**
 * Keeps one process of llama.cpp ready for the next model: started, with the library and its device. That takes about
 * half of the time to load a file that is cached. Nobody who has not used a model pays for it.
 */
import { freemem } from 'node:os';
import { prepareCall } from '../calls/prepare.ts';
import { HostProcess, type HostProcessOptions } from './hostProcess.ts';

type Gpu = 'auto' | 'off';

/** Memory that must be free beside the process, which takes about 100 MB, in bytes. */
const MIN_FREE_BYTES = 2 * 1024 ** 3;

interface Spare {
  readonly gpu: Gpu;
  readonly host: HostProcess;
  hasEnded: boolean;
}

/** The spare process of one window. */
export class SpareHosts {
  readonly #options: HostProcessOptions;
  readonly #freeBytes: () => number;
  #spare: Spare | undefined;
  #isClosed = false;

  constructor(options: HostProcessOptions, freeBytes: () => number = freemem) {
    this.#options = options;
    this.#freeBytes = freeBytes;
  }

  /** Starts a process, unless there is one for this device already or memory is short. */
  prepare(gpu: Gpu): void {
    if (this.#isClosed || (this.#spare?.gpu === gpu && !this.#spare.hasEnded)) return;
    if (this.#freeBytes() < MIN_FREE_BYTES) return;
    void this.#spare?.host.stop();
    const host = new HostProcess(this.#options);
    const spare: Spare = { gpu, host, hasEnded: false };
    this.#spare = spare;
    host.onCrash = () => {
      spare.hasEnded = true;
    };
    host.ready
      .then(() => host.call(prepareCall, { gpu }).done)
      .catch((error: unknown) => {
        spare.hasEnded = true;
        this.#options.log.debug(`No process could be started ahead: ${String(error)}`);
      });
  }

  /** Hands out the process if there is one. It belongs to the caller then. */
  take(gpu: Gpu): HostProcess | undefined {
    const spare = this.#spare;
    if (spare === undefined || spare.gpu !== gpu || spare.hasEnded) return undefined;
    this.#spare = undefined;
    return spare.host;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const spare = this.#spare;
    this.#spare = undefined;
    await spare?.host.stop();
  }
}
