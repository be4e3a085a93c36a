/** The models of this machine as the user interface works with them: what is stored, chosen and loaded. */
import * as vscode from 'vscode';
import { ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import { type Architectures, type EnginePool, unknownArchitecture } from '../engine/index.ts';
import type { Engine, EngineState } from '../inference/index.ts';
import {
  contentBytes,
  type Download,
  type LocalModel,
  listDownloads,
  listModels,
  modelLabels,
} from '../library/index.ts';
import { formatReference, type Reference } from '../oci/index.ts';
import type { ModelStore } from '../store/index.ts';
import { fitOf, fitText } from './modelFacts.ts';
import { offer, openSettings, selectAnother, showLog } from './window/buttons.ts';
import type { Machine } from './window/machine.ts';
import { showWarning } from './window/notify.ts';
import { settings } from './window/settings.ts';

const CHOSEN_KEY = 'chosenModel';

/** A stored model as it is shown. */
export interface ListedModel extends LocalModel {
  /** A short name that no other stored model has: `smollm2:135M-Q4_0`. */
  readonly label: string;
}

/** The room that a store takes on the disk. */
export interface DiskUse {
  /** Of all content, each counted once. */
  readonly modelBytes: number;
  /** Of unfinished downloads. */
  readonly downloadBytes: number;
  readonly folder: string;
}

/** An engine that has its model. */
export interface ReadyEngine {
  readonly engine: Engine;
  /** Tokens of one conversation, question and answer. */
  readonly contextTokens: number;
  /** How the model's publisher wants it to be run. */
  readonly defaults: NonNullable<LocalModel['defaults']>;
}

/** What the models of a window stand on. */
export interface ModelsServices {
  readonly store: () => Promise<ModelStore>;
  readonly pool: EnginePool;
  readonly memento: vscode.Memento;
  readonly machine: Machine;
  /** Which architectures the engine knows; nobody is asked if absent. */
  readonly architectures?: Pick<Architectures, 'knows' | 'recall'> | undefined;
  readonly log: Log;
}

/** @throws ModelError `gguf-invalid` for a damaged model, `unsupported-artifact` for one that does not run here. */
export function requireUsable({ problem, reason }: ListedModel): void {
  if (problem !== undefined) throw new ModelError('gguf-invalid', problem);
  if (reason !== undefined) throw new ModelError('unsupported-artifact', reason);
}

/** What the pool and the store say together; one for each window. */
export class Models implements vscode.Disposable {
  readonly #openStore: () => Promise<ModelStore>;
  readonly #pool: EnginePool;
  readonly #memento: vscode.Memento;
  readonly #machine: Machine;
  readonly #architectures: ModelsServices['architectures'];
  readonly #log: Log;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #modelsChanged = new vscode.EventEmitter<void>();
  readonly #downloadsChanged = new vscode.EventEmitter<void>();
  readonly #subscriptions: (() => void)[] = [];
  /** Ids whose crash was told. */
  readonly #crashed = new Set<string>();
  /** Architectures that the engine was asked for in this window. */
  readonly #askedFor = new Set<string>();
  #listing: Promise<ListedModel[]> | undefined;
  #contentBytes: Promise<number | undefined> | undefined;
  #watched = false;

  /** Fires when a model comes, goes, or changes its state. */
  readonly onDidChange = this.#changed.event;

  /** Fires when a model comes or goes, and not at every answer. */
  readonly onDidChangeModels = this.#modelsChanged.event;

  /** Fires when a download starts, ends or is removed, in any window; not as it goes on. */
  readonly onDidChangeDownloads = this.#downloadsChanged.event;

  constructor({ store, pool, memento, machine, architectures, log }: ModelsServices) {
    this.#openStore = store;
    this.#pool = pool;
    this.#memento = memento;
    this.#machine = machine;
    this.#architectures = architectures;
    this.#log = log;
    this.#subscriptions.push(
      pool.onDidChange((id) => {
        this.#tellCrash(id);
        this.#changed.fire();
      }),
    );
  }

  /** The models of the store, by name. */
  async list(): Promise<ListedModel[]> {
    const store = await this.#watchedStore();
    const listing = this.#listing ?? listed(store);
    this.#listing = listing;
    listing.catch(() => {
      // The next caller asks again.
      if (this.#listing === listing) this.#listing = undefined;
    });
    const models = (await listing).map((model) => this.#withArchitecture(model));
    return models.sort((a, b) => a.id.localeCompare(b.id, 'en'));
  }

  /**
   * Says of a model whose architecture the engine does not know that it does not run here. What the engine was not
   * asked yet is asked now, and the list is shown again if that says something.
   */
  #withArchitecture(model: ListedModel): ListedModel {
    const { summary, reason, problem } = model;
    if (this.#architectures === undefined || summary === undefined) return model;
    if (reason !== undefined || problem !== undefined) return model;
    const { architecture } = summary;
    const isKnown = this.#architectures.recall(architecture);
    if (isKnown === false) return { ...model, reason: unknownArchitecture(architecture) };
    if (isKnown === undefined && !this.#askedFor.has(architecture)) {
      this.#askedFor.add(architecture);
      void this.#architectures.knows(architecture).then((answer) => {
        if (answer === false) this.#fireModels();
      });
    }
    return model;
  }

  /** What was downloaded of models that are not here yet, the latest first. */
  async downloads(): Promise<Download[]> {
    return listDownloads(await this.#watchedStore());
  }

  /**
   * The room that models and downloads take. The disk is asked once after each change of the store.
   * @returns undefined if the disk does not say it, which is logged: no list of models fails for it.
   */
  async diskUse(downloads: readonly Download[]): Promise<DiskUse | undefined> {
    const store = await this.#watchedStore();
    this.#contentBytes ??= contentBytes(store).catch((error: unknown) => {
      this.#log.warn(`The room that models take in ${store.root} is not known: ${String(error)}`);
      return undefined;
    });
    const modelBytes = await this.#contentBytes;
    if (modelBytes === undefined) return undefined;
    const downloadBytes = downloads.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
    return { modelBytes, downloadBytes, folder: store.root };
  }

  /** The models that can be loaded: those of {@link list} without the damaged ones and those that do not run here. */
  async usable(): Promise<ListedModel[]> {
    return (await this.list()).filter(({ problem, reason }) => problem === undefined && reason === undefined);
  }

  /** Reads the store again. The store's own notice of a change comes a little later than the change. */
  refresh(): void {
    this.#listing = undefined;
    this.#contentBytes = undefined;
    this.#fireModels();
  }

  #fireModels(): void {
    this.#modelsChanged.fire();
    this.#changed.fire();
  }

  /** The model of an id, or undefined. */
  async find(id: string): Promise<ListedModel | undefined> {
    return (await this.list()).find((model) => model.id === id);
  }

  /** How a model is doing in this window. */
  stateOf(id: string): EngineState {
    return this.#pool.get(id)?.state ?? 'unloaded';
  }

  /** The engine of a model that was loaded in this window. */
  engine(id: string): Engine | undefined {
    return this.#pool.get(id);
  }

  /** Whether a model has memory now. */
  isLoaded(id: string): boolean {
    return ['ready', 'generating'].includes(this.stateOf(id));
  }

  /** The id that answers when nothing else is said: the one loaded last. */
  get chosenId(): string | undefined {
    return this.#memento.get<string>(CHOSEN_KEY);
  }

  /** Makes a model the one that answers. */
  async choose(id: string): Promise<void> {
    if (this.chosenId === id) return;
    await this.#memento.update(CHOSEN_KEY, id);
    this.#changed.fire();
  }

  /**
   * The model that answers: the chosen one; else one that is loaded; else the one pulled last.
   * @throws ModelError `no-model` where no usable model is stored.
   */
  async chosen(): Promise<ListedModel> {
    const models = await this.usable();
    const newest = [...models].sort((a, b) => b.pulledAt - a.pulledAt)[0];
    const model =
      models.find((candidate) => candidate.id === this.chosenId) ??
      models.find((candidate) => this.isLoaded(candidate.id)) ??
      newest;
    if (model !== undefined) return model;
    const message =
      (await this.list()).length === 0
        ? vscode.l10n.t('No model is on this machine yet. Pull one first, for example smollm2:135M-Q4_0.')
        : vscode.l10n.t(
            'None of the models on this machine can chat. Pull one, for example smollm2:135M-Q4_0.',
          );
    throw new ModelError('no-model', message);
  }

  /** Loads a model and makes it the one that answers. @throws ModelError of the engine. */
  async load(
    model: ListedModel,
    options: { signal?: AbortSignal; onProgress?: (fraction: number) => void } = {},
  ): Promise<ReadyEngine> {
    requireUsable(model);
    await this.choose(model.id);
    const wasLoaded = this.isLoaded(model.id);
    if (!wasLoaded) {
      await this.#warnWhereTooLarge(model);
      await this.#checkFiles(model, options.signal);
    }
    const engine = await this.#pool.load(
      model.id,
      { kind: 'file', path: model.modelPath },
      {
        contextTokens: settings.contextTokens(model.defaults?.contextTokens),
        threads: settings.threads(),
        gpu: settings.gpu(),
        signal: options.signal,
        onProgress: options.onProgress,
      },
    );
    const { loaded } = engine;
    if (loaded === undefined) {
      const message = vscode.l10n.t('{0} stopped unexpectedly. Ask again to restart it.', model.label);
      throw new ModelError('engine-crashed', message, { retryable: true });
    }
    if (!wasLoaded) {
      const { contextTokens, threads, gpu, loadMs } = loaded;
      this.#log.info(
        `Loaded ${model.id} in ${Math.round(loadMs)} ms: ${contextTokens} tokens of context, ${threads} threads, ${gpu}.`,
      );
    }
    return { engine, contextTokens: loaded.contextTokens, defaults: model.defaults ?? {} };
  }

  /** Puts names back that are missing; nothing runs that another program changed since it was verified. */
  async #checkFiles(model: ListedModel, signal: AbortSignal | undefined): Promise<void> {
    const store = await this.#openStore();
    const onHash = (): void =>
      this.#log.info(
        `The files of ${model.id} are not as they were when they were verified: hashing them again.`,
      );
    await store.restoreFiles(model.reference);
    await store.checkFiles(model.reference, { signal, onHash });
  }

  /** Frees a model's memory. */
  async unload(id: string): Promise<void> {
    await this.#pool.unload(id);
  }

  /** Unloads a model and removes it from the store. @returns bytes freed on disk. */
  async delete(reference: Reference): Promise<number> {
    await this.unload(formatReference(reference));
    const store = await this.#openStore();
    const { freedBytes } = await store.deleteReference(reference);
    this.refresh();
    return freedBytes;
  }

  /**
   * Tells the user with figures where a model does not fit into what is free. It is loaded all the same: the system
   * may make room, and the engine refuses what cannot be.
   */
  async #warnWhereTooLarge(model: ListedModel): Promise<void> {
    const mainMemory = await this.#machine.mainMemory();
    // The GPU need not be asked for a model that fits without it.
    if (fitOf(model.summary, mainMemory)?.verdict !== 'none') return;
    const machine = await this.#machine.memory();
    const fit = fitOf(model.summary, machine);
    if (fit?.verdict !== 'none') return;
    const message = vscode.l10n.t(
      '{0} {1}. It may be very slow or fail. Close other programs, or choose a smaller model or context.',
      model.label,
      fitText(fit, machine),
    );
    this.#log.warn(message);
    void offer(showWarning, message, selectAnother(), openSettings('engine.contextSize'));
  }

  async #watchedStore(): Promise<ModelStore> {
    const store = await this.#openStore();
    if (this.#watched) return store;
    this.#watched = true;
    this.#subscriptions.push(
      store.onDidChange(() => this.refresh()),
      store.onDidChangeDownloads(() => this.#downloadsChanged.fire()),
    );
    return store;
  }

  /** A process that dies while nobody waits for an answer would otherwise only be seen in the status bar. */
  #tellCrash(id: string): void {
    if (this.stateOf(id) !== 'crashed') {
      this.#crashed.delete(id);
      return;
    }
    if (this.#crashed.has(id)) return;
    this.#crashed.add(id);
    const message = vscode.l10n.t('{0} stopped unexpectedly. The next question starts it again.', id);
    void offer(showWarning, message, showLog());
  }

  dispose(): void {
    for (const end of this.#subscriptions) end();
    this.#changed.dispose();
    this.#modelsChanged.dispose();
    this.#downloadsChanged.dispose();
  }
}

async function listed(store: ModelStore): Promise<ListedModel[]> {
  const models = await listModels(store);
  const labels = modelLabels(models);
  return models.map((model) => ({ ...model, label: labels.get(model.id) ?? model.id }));
}
