/** The memory of the machine that models run on, for verdicts: what is free now, and the GPU's, asked once. */
import { systemMemory } from '../../base/systemMemory.ts';
import type { GpuMemory, MachineMemory } from '../../gguf/index.ts';
import { settings } from './settings.ts';

/** One for each window. */
export class Machine {
  readonly #askGpu: () => Promise<GpuMemory | undefined>;
  #gpu: Promise<GpuMemory | undefined> | undefined;

  /** @param askGpu starts a process, so it is called only when a verdict is wanted first. */
  constructor(askGpu: () => Promise<GpuMemory | undefined>) {
    this.#askGpu = askGpu;
  }

  async memory(): Promise<MachineMemory> {
    return { ...(await systemMemory()), gpu: await this.#gpuMemory() };
  }

  /** The same without the GPU, which takes a second to be asked. */
  async mainMemory(): Promise<MachineMemory> {
    return { ...(await systemMemory()), gpu: undefined };
  }

  /** Undefined where the settings say that no GPU is used. */
  async #gpuMemory(): Promise<GpuMemory | undefined> {
    if (settings.gpu() === 'off') return undefined;
    this.#gpu ??= this.#askGpu();
    return this.#gpu;
  }
}
