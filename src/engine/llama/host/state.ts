/** State that the handlers of one host share: llama.cpp and its log, the model, and the folder of saved states. */
import type { Socket } from 'node:net';
import type { Llama } from 'node-llama-cpp';
import { t } from '../../../base/l10n.ts';
import type { Door } from '../calls/share.ts';
import { HostError, reasonOf } from './hostError.ts';
import type { LlamaLog } from './llamaLog.ts';
import { importLibrary, type Library, startLlama } from './load/library.ts';
import type { HostModel } from './load/loadModel.ts';
import { openDoor } from './sharing.ts';
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

  readonly #onClient: (socket: Socket, token: string) => void;
  #closeDoor: (() => Promise<void>) | undefined;

  /** @param onClient called with the connection of another window, and the word that it must send first. */
  constructor(log: LlamaLog, onClient: (socket: Socket, token: string) => void) {
    this.log = log;
    this.#onClient = onClient;
  }

  /** Lets other windows find this process. @returns false if another process is there already. @throws Error. */
  async openDoor(door: Door): Promise<boolean> {
    this.#closeDoor ??= await openDoor(door, this.#onClient);
    return this.#closeDoor !== undefined;
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
  async end(): Promise<void> {
    this.#states?.remove();
    await this.#closeDoor?.();
  }
}
