/**
 * What can answer on this machine, which of it the user chose for which purpose, and what is loaded. Choosing and loading
 * are two verbs: only an act of the user chooses, and whoever asks for a model loads it and changes no choice.
 */
import { ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import type { EnginePool } from '../engine/index.ts';
import type { Engine, EngineState, LoadOptions } from '../inference/index.ts';
import type { Download } from '../library/index.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import type { Choices, Chosen, Purpose } from './choices.ts';
import { isUsable, type ListedModel, requireUsable } from './listedModel.ts';
import { type DiskUse, ModelList, type ModelListOptions } from './modelList.ts';

/** An engine that has its model. */
export interface ReadyEngine {
  readonly engine: Engine;
  /** Tokens of one conversation, question and answer, as they are allocated. */
  readonly contextTokens: number;
  /** How the model's publisher wants it to be run. */
  readonly defaults: NonNullable<ListedModel['defaults']>;
}

export interface SessionOptions extends ModelListOptions {
  readonly pool: EnginePool;
  readonly choices: Choices;
  /** How a model is to be loaded, by the settings of this moment. */
  readonly loadOptions: (model: ListedModel) => LoadOptions;
  /** Called before a model is loaded; it may warn. */
  readonly onWillLoad?: ((model: ListedModel) => Promise<void>) | undefined;
}

/** How a load is followed. */
export type SessionLoadOptions = Pick<LoadOptions, 'signal' | 'onProgress'>;

/** One for each window. */
export class Session {
  readonly #options: SessionOptions;
  readonly #pool: EnginePool;
  readonly #choices: Choices;
  readonly #list: ModelList;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  readonly #crashListeners = new Set<(label: string) => void>();
  readonly #subscriptions: (() => void)[];
  /** Digests of manifests by id, as the last list had them. */
  #digests = new Map<string, string>();
  /** Labels of loaded models by the digest of their manifest. */
  readonly #labels = new Map<string, string>();
  /** Digests whose crash was told. */
  readonly #crashed = new Set<string>();
  /** The choices as they were read last. */
  #chosen: Chosen = {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pool = options.pool;
    this.#choices = options.choices;
    this.#log = options.log;
    this.#list = new ModelList(options);
    this.#subscriptions = [
      this.#pool.onDidChange((digest) => {
        this.#tellCrash(digest);
        this.#fire();
      }),
      this.#list.onDidChange(() => this.#fire()),
      this.#choices.onDidChange(() => this.#fire()),
    ];
  }

  /** Calls back when a model comes, goes, is chosen or changes its state. @returns a function that ends that. */
  onDidChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when a model comes or goes, and not at every answer. @returns a function that ends that. */
  onDidChangeModels(listener: () => void): () => void {
    return this.#list.onDidChange(listener);
  }

  /** Calls back when a download starts, ends or is removed, in any window. @returns a function that ends that. */
  onDidChangeDownloads(listener: () => void): () => void {
    return this.#list.onDidChangeDownloads(listener);
  }

  /**
   * Calls back with a model's label when its process dies, once until it runs again: while nobody waits for an answer
   * only the status bar would show it.
   */
  onDidCrash(listener: (label: string) => void): () => void {
    this.#crashListeners.add(listener);
    return () => this.#crashListeners.delete(listener);
  }

  /** The models of the store, by name. */
  async list(): Promise<ListedModel[]> {
    const models = await this.#list.models();
    this.#digests = new Map(models.map(({ id, manifestDigest }) => [id, manifestDigest]));
    return models;
  }

  /** Parts of models that are not here yet, the latest first. */
  downloads(): Promise<Download[]> {
    return this.#list.downloads();
  }

  /** The room that models and downloads take; undefined if the disk does not say it. */
  diskUse(downloads: readonly Download[]): Promise<DiskUse | undefined> {
    return this.#list.diskUse(downloads);
  }

  /** The models of {@link list} without the damaged ones and those that do not run here. */
  async usable(): Promise<ListedModel[]> {
    return (await this.list()).filter(isUsable);
  }

  /** Reads the store again. The store's own notice of a change comes a little later than the change. */
  refresh(): void {
    this.#list.refresh();
  }

  /** The model of an id, or undefined. */
  async find(id: string): Promise<ListedModel | undefined> {
    return (await this.list()).find((model) => model.id === id);
  }

  /** How a model is doing in this window. */
  stateOf(id: string): EngineState {
    return this.engine(id)?.state ?? 'unloaded';
  }

  /** The engine of a model that was loaded in this window, with the content that its reference has now. */
  engine(id: string): Engine | undefined {
    const digest = this.#digests.get(id);
    return digest === undefined ? undefined : this.#pool.get(digest);
  }

  /** Tells if a model has memory now. */
  isLoaded(id: string): boolean {
    return ['ready', 'generating'].includes(this.stateOf(id));
  }

  /** The id that the user chose; undefined if that never happened. An edit is made by the choice for chat until it has its own. */
  async choice(purpose: Purpose = 'chat'): Promise<string | undefined> {
    this.#chosen = await this.#choices.read();
    return this.#chosen[purpose] ?? (purpose === 'edit' ? this.#chosen.chat : undefined);
  }

  /** Makes a model the one that answers for a purpose. Only for what a user did. @throws ModelError `store-error`. */
  async choose(id: string, purpose: Purpose = 'chat'): Promise<void> {
    await this.#choices.choose(purpose, id);
  }

  /**
   * The model that answers: the chosen one; else one that is loaded; else the one pulled last.
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
        ? 'No model is on this machine yet. Pull one first, for example smollm2:135M-Q4_0.'
        : 'None of the models on this machine can chat. Pull one, for example smollm2:135M-Q4_0.',
    );
  }

  /** Loads a model; no choice changes. @throws ModelError of the engine, and as {@link requireUsable}. */
  async load(given: ListedModel, { signal, onProgress }: SessionLoadOptions = {}): Promise<ReadyEngine> {
    // Its tag may have been pulled anew since the caller looked.
    const model = (await this.find(given.id)) ?? given;
    requireUsable(model);
    const digest = model.manifestDigest;
    const wasLoaded = this.isLoaded(model.id);
    if (!wasLoaded) {
      await this.#options.onWillLoad?.(model);
      await this.#checkFiles(model, signal);
    }
    this.#labels.set(digest, model.label);
    const source = { kind: 'file', path: model.modelPath } as const;
    const engine = await this.#pool.load(digest, source, {
      ...this.#options.loadOptions(model),
      signal,
      onProgress,
    });
    const { loaded } = engine;
    if (loaded === undefined) {
      const message = `${model.label} stopped unexpectedly. Ask again to restart it.`;
      throw new ModelError('engine-crashed', message, { retryable: true });
    }
    if (!wasLoaded) {
      const { contextTokens, threads, gpu, loadMs } = loaded;
      this.#log.info(
        `Loaded ${model.id} in ${Math.round(loadMs)} ms: ${contextTokens} tokens of context, ${threads} threads, ${gpu}.`,
      );
    }
    void this.#unloadReplaced();
    return { engine, contextTokens: loaded.contextTokens, defaults: model.defaults ?? {} };
  }

  /** Frees a model's memory. */
  async unload(id: string): Promise<void> {
    const digest = this.#digests.get(id) ?? (await this.find(id))?.manifestDigest;
    if (digest !== undefined) await this.#pool.unload(digest);
  }

  /** Removes a model from the store; one that no other reference has is unloaded first. @returns bytes freed on disk. */
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
    this.#list.dispose();
    this.#listeners.clear();
    this.#crashListeners.clear();
  }

  #fire(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Puts names back that are missing; nothing runs that another program changed since it was verified. */
  async #checkFiles(model: ListedModel, signal: AbortSignal | undefined): Promise<void> {
    const store = await this.#options.store();
    const onHash = (): void =>
      this.#log.info(
        `The files of ${model.id} are not as they were when they were verified: hashing them again.`,
      );
    await store.restoreFiles(model.reference);
    await store.checkFiles(model.reference, { signal, onHash });
  }

  /** Frees what no reference leads to any more, because its tag was pulled anew; an answer under way is finished first. */
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
    for (const listener of [...this.#crashListeners]) listener(label);
  }
}
