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
import type { Engine, EngineState, LoadOptions, LoadSettings, ModelSource } from '../inference/index.ts';
import type { Download } from '../library/index.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import type { Choices, Purpose } from './choices.ts';
import { CrashReports } from './crashReports.ts';
import { type EndpointModel, type EndpointStatus, endpointModelOf, isEndpointId } from './endpointModel.ts';
import type { Endpoints } from './endpoints.ts';
import {
  type AnsweringModel,
  answerDefaults,
  isEndpointModel,
  isUsable,
  type ListedModel,
  loadSettings,
  newestOf,
  requireUsable,
  withOptions,
} from './listedModel.ts';
import { type DiskUse, ModelList, type ModelListOptions } from './modelList.ts';
import type { ModelOptions, OptionsOfModels } from './modelOptions.ts';
import { Residency } from './residency.ts';

/** A small model to begin with. */
const EXAMPLE = 'smollm2:135M-Q4_0';

/** An engine with its model loaded. */
export interface ReadyEngine {
  readonly engine: Engine;
  /** Tokens allocated for one conversation, prompt and answer combined. */
  readonly contextTokens: number;
  /** Size of the model's files. Undefined for a model on a server. */
  readonly sizeBytes: number | undefined;
  /** The publisher's recommendations for running the model. */
  readonly defaults: NonNullable<ListedModel['defaults']>;
}

/** Options of a {@link Session}. */
export interface SessionOptions extends ModelListOptions {
  readonly pool: EnginePool;
  readonly choices: Choices;
  /** Defaults to none. */
  readonly endpoints?: Endpoints | undefined;
  /** Returns how to load a model according to the current settings. Its own options go before them. */
  readonly loadOptions: (model: ListedModel) => LoadSettings;
  /** Defaults to none. */
  readonly modelOptions?: OptionsOfModels | undefined;
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
  readonly #endpoints: Endpoints | undefined;
  readonly #modelsChanged = new Listeners();
  readonly #log: Log;
  readonly #residency: Residency;
  readonly #changed = new Listeners();
  readonly #crashes: CrashReports;
  readonly #subscriptions: (() => void)[];
  /** Manifest digests by id, from the latest list. */
  #digests = new Map<string, string>();
  /** Manifest digests of the models that stay in memory. */
  #kept: ReadonlySet<string> = new Set();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pool = options.pool;
    this.#crashes = new CrashReports(options.pool);
    this.#choices = options.choices;
    this.#log = options.log;
    this.#list = new ModelList(options);
    this.#endpoints = options.endpoints;
    const onModels = (): void => {
      this.#modelsChanged.fire();
      this.#changed.fire();
    };
    const { pool, memory = systemMemory, idleMs = () => 0, log } = options;
    const isKept = (digest: string): boolean => this.#kept.has(digest);
    this.#residency = new Residency({ pool, memory, idleMs, isKept, log });
    this.#subscriptions = [
      this.#pool.onDidChange((digest) => {
        this.#crashes.look(digest);
        this.#changed.fire();
      }),
      this.#list.onDidChange(onModels),
      this.#endpoints?.onDidChange(onModels) ?? (() => {}),
      this.#choices.onDidChange(() => this.#changed.fire()),
      ...(options.modelOptions === undefined
        ? []
        : [options.modelOptions.onDidChange(() => this.#changed.fire())]),
    ];
  }

  /** Calls `listener` when a model comes, goes, is chosen or changes state. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  /** Calls `listener` when a model comes or goes, but not on every answer. @returns a function that stops it. */
  onDidChangeModels(listener: () => void): () => void {
    return this.#modelsChanged.add(listener);
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
    return this.#crashes.onDidCrash(listener);
  }

  /** Returns the models of the store, sorted by name. */
  async list(): Promise<ListedModel[]> {
    const [listed, options] = await Promise.all([this.#list.models(), this.#options.modelOptions?.read()]);
    const models = listed.map((model) => withOptions(model, options?.get(model.id)));
    this.#kept = new Set(
      models.filter(({ options }) => options?.keepLoaded).map(({ manifestDigest }) => manifestDigest),
    );
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

  /** Returns the models of {@link list} that are intact and run here, and the known ones of endpoints. */
  async usable(): Promise<AnsweringModel[]> {
    return [...(await this.list()).filter(isUsable), ...(this.#endpoints?.models() ?? [])];
  }

  /** Returns the endpoints with their models, as far as they have answered. */
  endpoints(): EndpointStatus[] {
    return this.#endpoints?.statuses() ?? [];
  }

  /** Reads the store again at once; its own notification comes a little later than a change. */
  refresh(): void {
    this.#list.refresh();
  }

  /** Returns the model with an id, or undefined. One on a server is found without asking the server. */
  async find(id: string): Promise<AnsweringModel | undefined> {
    return isEndpointId(id) ? this.#findServed(id) : this.findStored(id);
  }

  /** Returns the model of the store with an id, or undefined. */
  async findStored(id: string): Promise<ListedModel | undefined> {
    return (await this.list()).find((model) => model.id === id);
  }

  /** Returns the state of a model in this window. */
  stateOf(id: string): EngineState {
    return this.engine(id)?.state ?? 'unloaded';
  }

  /** Returns the engine of a model that was loaded in this window with the current content of its reference. */
  engine(id: string): Engine | undefined {
    const key = this.#keyOf(id);
    return key === undefined ? undefined : this.#pool.get(key);
  }

  /** Returns true if a model is in memory. */
  isLoaded(id: string): boolean {
    return ['ready', 'generating'].includes(this.stateOf(id));
  }

  /** Returns true if a model in memory has to be loaded again, because its settings changed since. */
  isOutdated(model: AnsweringModel): boolean {
    if (isEndpointModel(model)) return false;
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
  async chosen(purpose: Purpose = 'chat'): Promise<AnsweringModel> {
    const [models, choice] = await Promise.all([this.usable(), this.choice(purpose)]);
    // The server of the choice may not have answered yet.
    const chosen = choice === undefined ? undefined : this.#findServed(choice);
    const model =
      models.find(({ id }) => id === choice) ??
      chosen ??
      models.find(({ id }) => this.isLoaded(id)) ??
      newestOf(models);
    if (model !== undefined) return model;
    throw new ModelError(
      'no-model',
      (await this.list()).length === 0
        ? t('There is no model on this machine yet. Pull one, for example {0}.', EXAMPLE)
        : t('None of the models on this machine can chat. Pull one, for example {0}.', EXAMPLE),
    );
  }

  /** Loads a model without changing a choice. @throws ModelError as the engine, and as {@link requireUsable}. */
  async load(given: AnsweringModel, options: SessionLoadOptions = {}): Promise<ReadyEngine> {
    return isEndpointModel(given) ? this.#connect(given, options) : this.#loadStored(given, options);
  }

  async #loadStored(
    given: ListedModel,
    { signal, onProgress, isQuiet = false }: SessionLoadOptions,
  ): Promise<ReadyEngine> {
    // Its tag may have been pulled again since the caller listed it.
    const model = (await this.findStored(given.id)) ?? given;
    requireUsable(model);
    const digest = model.manifestDigest;
    const wasLoaded = this.isLoaded(model.id);
    if (!wasLoaded) {
      if (!isQuiet) await this.#options.onWillLoad?.(model);
      await this.#checkFiles(model, signal);
      await this.#residency.makeRoom(digest, model.label, this.#options.neededBytes?.(model) ?? []);
    }
    this.#crashes.name(digest, model.label);
    const source: ModelSource = { kind: 'file', path: model.modelPath };
    if (this.#pool.isOutdated(digest, this.#optionsFor(model)))
      this.#log.info(`Loading ${model.id} again, because its settings changed.`);
    const engine = await this.#pool.load(digest, source, {
      ...this.#optionsFor(model),
      signal,
      onProgress,
    });
    void this.#unloadReplaced();
    return this.#ready(engine, model, wasLoaded);
  }

  /** The server loads its model itself, with the first request if it has not. */
  async #connect(model: EndpointModel, { signal }: SessionLoadOptions): Promise<ReadyEngine> {
    const source: ModelSource = { kind: 'endpoint', url: model.endpoint.url, model: model.model };
    const wasLoaded = this.isLoaded(model.id);
    this.#crashes.name(model.id, model.label);
    return this.#ready(await this.#pool.load(model.id, source, { signal }), model, wasLoaded);
  }

  #ready(engine: Engine, model: AnsweringModel, wasLoaded: boolean): ReadyEngine {
    const { loaded } = engine;
    if (loaded === undefined) {
      const message = t('{0} stopped unexpectedly. Ask again to restart it.', model.label);
      throw new ModelError('engine-crashed', message, { retryable: true });
    }
    if (!wasLoaded) {
      const { contextTokens, threads, gpu, loadMs } = loaded;
      const where = gpu === undefined ? 'on its server' : `${threads} threads, ${gpu}`;
      this.#log.info(
        `Loaded ${model.id} in ${Math.round(loadMs)} ms: ${contextTokens} tokens of context, ${where}.`,
      );
    }
    return {
      engine,
      contextTokens: loaded.contextTokens,
      sizeBytes: isEndpointModel(model) ? undefined : model.sizeBytes,
      defaults: isEndpointModel(model) ? {} : answerDefaults(model),
    };
  }

  /** Returns the model of an endpoint by its id, with what its server told if it has answered. */
  #findServed(id: string): EndpointModel | undefined {
    const endpoints = this.#endpoints;
    if (endpoints === undefined) return undefined;
    return endpoints.models().find((model) => model.id === id) ?? endpointModelOf(id, endpoints.entries());
  }

  /** Returns the id in the pool: the digest of a manifest, or the id of a model on a server. */
  #keyOf(id: string): string | undefined {
    return isEndpointId(id) ? id : this.#digests.get(id);
  }

  #optionsFor(model: ListedModel): LoadSettings {
    return loadSettings(model, this.#options.loadOptions(model));
  }

  /**
   * Replaces the options of a model. Those that concern its load take effect at the next request, the others at once.
   * @throws ModelError `store-error`.
   */
  async setOptions(id: string, options: ModelOptions): Promise<void> {
    await this.#options.modelOptions?.write(id, options);
  }

  /** Frees a model's memory. */
  async unload(id: string): Promise<void> {
    const key = this.#keyOf(id) ?? (await this.findStored(id))?.manifestDigest;
    if (key !== undefined) await this.#pool.unload(key);
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
    this.#endpoints?.dispose();
    this.#changed.clear();
    this.#modelsChanged.clear();
    this.#crashes.dispose();
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
      .filter(({ id, engine }) => !isEndpointId(id) && !current.has(id) && engine.state === 'ready');
    await Promise.all(replaced.map(({ id }) => this.#pool.unload(id)));
  }
}
