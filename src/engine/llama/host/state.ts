/** State that the handlers of one host share: llama.cpp and its log, the model, and the folder of saved states. */
import type { Llama } from 'node-llama-cpp';
import { t } from '../../../base/l10n.ts';
import { HostError, reasonOf } from './hostError.ts';
import type { LlamaLog } from './llamaLog.ts';
import { importLibrary, type Library, startLlama } from './load/library.ts';
import type { HostModel } from './load/loadModel.ts';
import { StateFolder } from './states/stateFolder.ts';

/** A running llama.cpp. */
interface Started {
  readonly library: Library;
  readonly llama: Llama;
}

/** The state of a host. */
export class HostState {
  readonly log: LlamaLog;
  #model: HostModel | undefined;
  #states: StateFolder | undefined;
  readonly #started = new Map<'auto' | 'off', Promise<Started>>();

  constructor(log: LlamaLog) {
    this.log = log;
  }

  /** Starts llama.cpp, once for each of both. @throws HostError `engine-unavailable`. */
  llama(gpu: 'auto' | 'off'): Promise<Started> {
    const started = this.#started.get(gpu) ?? this.#start(gpu);
    this.#started.set(gpu, started);
    return started;
  }

  async #start(gpu: 'auto' | 'off'): Promise<Started> {
    const library = await importLibrary();
    return { library, llama: await startLlama(library, { gpu }, this.log) };
  }

  get hasModel(): boolean {
    return this.#model !== undefined;
  }

  /** @throws HostError `engine-error` if no model is loaded. */
  get model(): HostModel {
    if (this.#model === undefined)
      throw new HostError('engine-error', t('No model is loaded in the engine process.'));
    return this.#model;
  }

  set model(model: HostModel) {
    this.#model = model;
  }

  /** Creates the folder of saved states. Returns undefined if that fails: answers then only take longer. */
  openStates(root: string | undefined, maxBytes: number | undefined): StateFolder | undefined {
    if (root === undefined) return undefined;
    try {
      this.#states = new StateFolder(root, maxBytes);
    } catch (error) {
      this.log.write('warn', `States cannot be saved: ${reasonOf(error)}`);
    }
    return this.#states;
  }

  /** Removes what must not outlive the process. */
  end(): void {
    this.#states?.remove();
  }
}
