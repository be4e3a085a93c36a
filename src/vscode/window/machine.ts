/** The memory of the machine that models run on, for verdicts: read again each time, except for the GPU's. */
import { systemMemory } from '../../base/systemMemory.ts';
import type { GpuMemory, MachineMemory } from '../../gguf/index.ts';
import type { ListedModel } from '../../session/index.ts';
import { localFit } from '../modelFacts.ts';
import { settings } from './settings.ts';

/** The machine, as seen by one window. */
export class Machine {
  readonly #askGpu: () => Promise<GpuMemory | undefined>;
  #gpu: Promise<GpuMemory | undefined> | undefined;

  /** @param askGpu starts a process, so it is called only when the first verdict is needed. */
  constructor(askGpu: () => Promise<GpuMemory | undefined>) {
    this.#askGpu = askGpu;
  }

  async memory(): Promise<MachineMemory> {
    return { ...(await systemMemory()), gpu: await this.#gpuMemory() };
  }

  /** Returns the memory without the GPU's, which takes a second to find out. */
  async mainMemory(): Promise<MachineMemory> {
    return { ...(await systemMemory()), gpu: undefined };
  }

  /** Estimates of the main memory of a model in bytes: without a GPU, which is known at once, and with it. */
  neededBytes(model: ListedModel): (() => Promise<number | undefined>)[] {
    return [
      async () => localFit(model, await this.mainMemory())?.ramBytes,
      async () => localFit(model, await this.memory())?.ramBytes,
    ];
  }

  /** Returns undefined if the settings turn the GPU off. */
  async #gpuMemory(): Promise<GpuMemory | undefined> {
    if (settings.gpu() === 'off') return undefined;
    this.#gpu ??= this.#askGpu();
    return this.#gpu;
  }
}
