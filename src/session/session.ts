/**
 * The models that can answer on this machine, which of them the user chose for which purpose, and which are loaded.
 * Choosing and loading are different verbs: only the user chooses, while any request may load a model without changing
 * a choice.
 */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { Listeners } from '../base/listeners.ts';
import type { Log } from '../base/log.ts';
import { type SystemMemory, systemMemory } from '../base/systemMemory.ts';
import type { EnginePool } from '../engine/index.ts';
import type { Engine, EngineState, LoadOptions } from '../inference/index.ts';
import type { Download } from '../library/index.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import type { Choices, Purpose } from './choices.ts';
import { isUsable, type ListedModel, requireUsable } from './listedModel.ts';
import { type DiskUse, ModelList, type ModelListOptions } from './modelList.ts';
import { Residency } from './residency.ts';

/** A small model to begin with. */
const EXAMPLE = 'smollm2:135M-Q4_0';

/** An engine with its model loaded. */
export interface ReadyEngine {
  readonly engine: Engine;
  /** Tokens allocated for one conversation, prompt and answer combined. */
  readonly contextTokens: number;
  /** Size of the model's files. */
  readonly sizeBytes: number;
  /** The publisher's recommendations for running the model. */
  readonly defaults: NonNullable<ListedModel['defaults']>;
}

/** Options of a {@link Session}. */
export interface SessionOptions extends ModelListOptions {
  readonly pool: EnginePool;
  readonly choices: Choices;
  /** Returns the options to load a model with, according to the current settings. */
  readonly loadOptions: (model: ListedModel) => LoadOptions;
  /** Called before a model is loaded; it may warn. */
  readonly onWillLoad?: ((model: ListedModel) => Promise<void>) | undefined;
  /**
   * Estimates of a model's main memory in bytes, as {@link Residency.makeRoom} takes them. Defaults to none: every model
   * is loaded.
   */
  readonly neededBytes?: ((model: ListedModel) => readonly (() => Promise<number | undefined>)[]) | undefined;
  /** Milliseconds without use after which a model is unloaded. Defaults to never. */
  readonly idleMs?: (() => number) | undefined;
  /** Defaults to the machine's. */
  readonly memory?: (() => Promise<SystemMemory>) | undefined;
}

/** Options to follow and cancel a load. */
export interface SessionLoadOptions extends Pick<LoadOptions, 'signal' | 'onProgress'> {
  /** True if nobody asked for the load, so that nobody is to be warned. */
  readonly isQuiet?: boolean | undefined;
}

/** The session of one window. */
export class Session {
  readonly #options: SessionOptions;
  readonly #pool: EnginePool;
  readonly #choices: Choices;
  readonly #list: ModelList;
  readonly #log: Log;
  readonly #residency: Residency;
  readonly #changed = new Listeners();
  readonly #crashes = new Listeners<[label: string]>();
  readonly #subscriptions: (() => void)[];
  /** Manifest digests by id, from the latest list. */
  #digests = new Map<string, string>();
  /** Labels of loaded models by manifest digest. */
  readonly #labels = new Map<string, string>();
  /** Digests of models whose crash was reported. */
  readonly #crashed = new Set<string>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pool = options.pool;
    this.#choices = options.choices;
    this.#log = options.log;
    this.#list = new ModelList(options);
    const { pool, memory = systemMemory, idleMs = () => 0, log } = options;
    this.#residency = new Residency({ pool, memory, idleMs, log });
    this.#subscriptions = [
      this.#pool.onDidChange((digest) => {
        this.#tellCrash(digest);
        this.#changed.fire();
      }),
      this.#list.onDidChange(() => this.#changed.fire()),
      this.#choices.onDidChange(() => this.#changed.fire()),
    ];
  }

  /** Calls `listener` when a model comes, goes, is chosen or changes state. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  /** Calls `listener` when a model comes or goes, but not on every answer. @returns a function that stops it. */
  onDidChangeModels(listener: () => void): () => void {
    return this.#list.onDidChange(listener);
  }

  /** Calls `listener` when a download starts, ends or is removed in any window. @returns a function that stops it. */
  onDidChangeDownloads(listener: () => void): () => void {
    return this.#list.onDidChangeDownloads(listener);
  }

  /**
   * Calls `listener` with a model's label when its process crashes, once until it runs again. Without this, only the
   * status bar would show a crash while nobody waits for an answer.
   */
  onDidCrash(listener: (label: string) => void): () => void {
    return this.#crashes.add(listener);
  }

  /** Returns the models of the store, sorted by name. */
  async list(): Promise<ListedModel[]> {
    const models = await this.#list.models();
    this.#digests = new Map(models.map(({ id, manifestDigest }) => [id, manifestDigest]));
    return models;
  }

  /** Returns the unfinished downloads, the latest first. */
  downloads(): Promise<Download[]> {
    return this.#list.downloads();
  }

  /** Returns the space that models and downloads take, or undefined if it cannot be determined. */
  diskUse(downloads: readonly Download[]): Promise<DiskUse | undefined> {
    return this.#list.diskUse(downloads);
  }

  /** Returns the models of {@link list} that are intact and run here. */
  async usable(): Promise<ListedModel[]> {
    return (await this.list()).filter(isUsable);
  }

  /** Reads the store again at once; its own notification comes a little later than a change. */
  refresh(): void {
    this.#list.refresh();
  }

  /** Returns the model with an id, or undefined. */
  async find(id: string): Promise<ListedModel | undefined> {
    return (await this.list()).find((model) => model.id === id);
  }

  /** Returns the state of a model in this window. */
  stateOf(id: string): EngineState {
    return this.engine(id)?.state ?? 'unloaded';
  }

  /** Returns the engine of a model that was loaded in this window with the current content of its reference. */
  engine(id: string): Engine | undefined {
    const digest = this.#digests.get(id);
    return digest === undefined ? undefined : this.#pool.get(digest);
  }

  /** Returns true if a model is in memory. */
  isLoaded(id: string): boolean {
    return ['ready', 'generating'].includes(this.stateOf(id));
  }

  /** Returns true if a model in memory has to be loaded again, because its settings changed since. */
  isOutdated(model: ListedModel): boolean {
    const digest = this.#digests.get(model.id);
    return digest !== undefined && this.#pool.isOutdated(digest, this.#optionsFor(model));
  }

  /** Returns the id that the user chose, or undefined. Edits use the choice for chat until they have their own. */
  async choice(purpose: Purpose = 'chat'): Promise<string | undefined> {
    const chosen = await this.#choices.read();
    return chosen[purpose] ?? (purpose === 'edit' ? chosen.chat : undefined);
  }

  /**
   * Chooses the model that answers for a purpose. Only call this when the user did.
   * @throws ModelError `store-error`.
   */
  async choose(id: string, purpose: Purpose = 'chat'): Promise<void> {
    await this.#choices.choose(purpose, id);
  }

  /**
   * Turns a purpose off or on again, with the model that was chosen for it. Only call this when the user did.
   * @throws ModelError `store-error`.
   */
  async turn(purpose: Purpose, isOn: boolean): Promise<void> {
    await this.#choices.turn(purpose, isOn);
  }

  /** Returns the id of the model that was chosen for a purpose that is turned off, or undefined. */
  async turnedOff(purpose: Purpose): Promise<string | undefined> {
    return this.#choices.readOff(purpose);
  }

  /**
   * Returns the model that answers: the chosen one, or else one that is loaded, or else the one pulled last.
   * @throws ModelError `no-model` if no usable model is stored.
   */
  async chosen(purpose: Purpose = 'chat'): Promise<ListedModel> {
    const [models, choice] = await Promise.all([this.usable(), this.choice(purpose)]);
    const newest = [...models].sort((a, b) => b.pulledAt - a.pulledAt)[0];
    const model =
      models.find(({ id }) => id === choice) ?? models.find(({ id }) => this.isLoaded(id)) ?? newest;
    if (model !== undefined) return model;
    throw new ModelError(
      'no-model',
      (await this.list()).length === 0
        ? t('There is no model on this machine yet. Pull one, for example {0}.', EXAMPLE)
        : t('None of the models on this machine can chat. Pull one, for example {0}.', EXAMPLE),
    );
  }

  /** Loads a model without changing a choice. @throws ModelError as the engine, and as {@link requireUsable}. */
  async load(
    given: ListedModel,
    { signal, onProgress, isQuiet = false }: SessionLoadOptions = {},
  ): Promise<ReadyEngine> {
    // Its tag may have been pulled again since the caller listed it.
    const model = (await this.find(given.id)) ?? given;
    requireUsable(model);
    const digest = model.manifestDigest;
    const wasLoaded = this.isLoaded(model.id);
    if (!wasLoaded) {
      if (!isQuiet) await this.#options.onWillLoad?.(model);
      await this.#checkFiles(model, signal);
      await this.#residency.makeRoom(digest, model.label, this.#options.neededBytes?.(model) ?? []);
    }
    this.#labels.set(digest, model.label);
    const source = { kind: 'file', path: model.modelPath } as const;
    if (this.#pool.isOutdated(digest, this.#optionsFor(model)))
      this.#log.info(`Loading ${model.id} again, because its settings changed.`);
    const engine = await this.#pool.load(digest, source, {
      ...this.#optionsFor(model),
      signal,
      onProgress,
    });
    const { loaded } = engine;
    if (loaded === undefined) {
      const message = t('{0} stopped unexpectedly. Ask again to restart it.', model.label);
      throw new ModelError('engine-crashed', message, { retryable: true });
    }
    if (!wasLoaded) {
      const { contextTokens, threads, gpu, loadMs } = loaded;
      this.#log.info(
        `Loaded ${model.id} in ${Math.round(loadMs)} ms: ${contextTokens} tokens of context, ${threads} threads, ${gpu}.`,
      );
    }
    void this.#unloadReplaced();
    const { sizeBytes, defaults = {} } = model;
    return { engine, contextTokens: loaded.contextTokens, sizeBytes, defaults };
  }

  #optionsFor(model: ListedModel): LoadOptions {
    return { ...this.#options.loadOptions(model), adapters: model.adapterPaths };
  }

  /** Frees a model's memory. */
  async unload(id: string): Promise<void> {
    const digest = this.#digests.get(id) ?? (await this.find(id))?.manifestDigest;
    if (digest !== undefined) await this.#pool.unload(digest);
  }

  /**
   * Removes a model from the store, and unloads it unless another reference shares it.
   * @returns bytes freed on disk.
   */
  async delete(reference: Reference): Promise<number> {
    const id = formatReference(reference);
    const models = await this.list();
    const digest = models.find((model) => model.id === id)?.manifestDigest;
    const isShared = models.some((model) => model.id !== id && model.manifestDigest === digest);
    if (digest !== undefined && !isShared) await this.#pool.unload(digest);
    const store = await this.#options.store();
    const { freedBytes } = await store.deleteReference(reference);
    this.refresh();
    return freedBytes;
  }

  dispose(): void {
    for (const end of this.#subscriptions) end();
    this.#residency.dispose();
    this.#list.dispose();
    this.#changed.clear();
    this.#crashes.clear();
  }

  /** Restores missing file names, and refuses files that another program changed since they were verified. */
  async #checkFiles(model: ListedModel, signal: AbortSignal | undefined): Promise<void> {
    const store = await this.#options.store();
    const onHash = (): void =>
      this.#log.info(`The files of ${model.id} changed since they were verified: hashing them again.`);
    await store.restoreFiles(model.reference);
    await store.checkFiles(model.reference, { signal, onHash });
  }

  /** Unloads models that no reference leads to any longer because their tag was pulled again. Answers finish first. */
  async #unloadReplaced(): Promise<void> {
    const current = new Set(this.#digests.values());
    const replaced = this.#pool
      .list()
      .filter(({ id, engine }) => !current.has(id) && engine.state === 'ready');
    await Promise.all(replaced.map(({ id }) => this.#pool.unload(id)));
  }

  #tellCrash(digest: string): void {
    if (this.#pool.get(digest)?.state !== 'crashed') {
      this.#crashed.delete(digest);
      return;
    }
    if (this.#crashed.has(digest)) return;
    this.#crashed.add(digest);
    const label = this.#labels.get(digest) ?? digest;
    this.#crashes.fire(label);
  }
}
