/**
 * Finds out which architectures the engine can run. llama.cpp is asked in a separate process, once for each name and
 * version of the library, because a hand-written list would be wrong with the next version.
 */
import { isModelError } from '../../base/error.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { quoted } from '../../base/text.ts';
import { architecturesCall } from './calls/architectures.ts';
import type { GpuQueryOptions } from './gpuMemory.ts';
import { HostProcess } from './process/hostProcess.ts';

/** Names of architectures in llama.cpp (src/llama-arch.cpp); any other name is unknown to it. */
const NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/i;
/** Most names that are remembered; llama.cpp has about 150. */
const MAX_NAMES = 1000;

/** Storage that keeps answers across windows. */
export interface ArchitectureMemory {
  get(): unknown;
  set(value: unknown): void;
}

/** How to start the process, and where to keep answers. */
export interface ArchitecturesOptions extends Omit<GpuQueryOptions, 'signal'> {
  /** Version of the library; answers of another version do not count. */
  readonly libraryVersion: string;
  readonly memory?: ArchitectureMemory | undefined;
}

/** Asks llama.cpp and remembers its answers. */
export class Architectures {
  readonly #options: ArchitecturesOptions;
  readonly #log: Log;
  readonly #known = new Map<string, boolean>();
  readonly #asking = new Map<string, Promise<boolean | undefined>>();

  constructor(options: ArchitecturesOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#recall(options.memory?.get());
  }

  /** Returns a remembered answer without asking, or undefined if there is none. */
  recall(name: string): boolean | undefined {
    return NAME.test(name) ? this.#known.get(name) : false;
  }

  /** Returns true if llama.cpp knows an architecture; undefined if it cannot be asked, which is logged. */
  async knows(name: string): Promise<boolean | undefined> {
    const known = this.recall(name);
    if (known !== undefined) return known;
    const asking = this.#asking.get(name) ?? this.#ask(name).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #ask(name: string): Promise<boolean | undefined> {
    const { hostPath, execPath, env } = this.#options;
    const host = new HostProcess({ hostPath, execPath, env, log: this.#log });
    try {
      await host.ready;
      const { known, unknown } = await host.call(architecturesCall, { names: [name] }).done;
      const isKnown = known.includes(name);
      if (!isKnown && !unknown.includes(name)) return undefined;
      this.#remember(name, isKnown);
      return isKnown;
    } catch (error) {
      if (!isModelError(error, 'cancelled')) {
        this.#log.warn(`It is not known whether llama.cpp can run ${quoted(name)}: ${String(error)}`);
      }
      return undefined;
    } finally {
      await host.stop();
    }
  }

  #remember(name: string, isKnown: boolean): void {
    if (this.#known.size >= MAX_NAMES) this.#known.clear();
    this.#known.set(name, isKnown);
    const { libraryVersion, memory } = this.#options;
    memory?.set({ libraryVersion, known: Object.fromEntries(this.#known) });
  }

  #recall(value: unknown): void {
    if (typeof value !== 'object' || value === null || !('libraryVersion' in value)) return;
    if (value.libraryVersion !== this.#options.libraryVersion || !('known' in value)) return;
    for (const [name, isKnown] of Object.entries(value.known ?? {}).slice(0, MAX_NAMES)) {
      if (typeof isKnown === 'boolean') this.#known.set(name, isKnown);
    }
  }
}
