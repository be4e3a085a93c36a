/** The models of the store as a list that is read once for each change. */
import type { Log } from '../base/log.ts';
import { type Architectures, unknownArchitecture } from '../engine/index.ts';
import { contentBytes, type Download, listDownloads, listModels, modelLabels } from '../library/index.ts';
import type { ModelStore } from '../store/index.ts';
import { isUsable, type ListedModel } from './listedModel.ts';

export interface ModelListOptions {
  readonly store: () => Promise<ModelStore>;
  /** Tells which architectures the engine knows; nobody is asked if absent. */
  readonly architectures?: Pick<Architectures, 'knows' | 'recall'> | undefined;
  readonly log: Log;
}

/** The room that a store takes on the disk. */
export interface DiskUse {
  /** Of all content, each counted once. */
  readonly modelBytes: number;
  /** Of unfinished downloads. */
  readonly downloadBytes: number;
  readonly folder: string;
}

/** Lists models and downloads, and tells when they change. */
export class ModelList {
  readonly #openStore: () => Promise<ModelStore>;
  readonly #architectures: ModelListOptions['architectures'];
  readonly #modelListeners = new Set<() => void>();
  readonly #downloadListeners = new Set<() => void>();
  readonly #subscriptions: (() => void)[] = [];
  /** Architectures that the engine was asked for. */
  readonly #askedFor = new Set<string>();
  readonly #log: Log;
  #listing: Promise<ListedModel[]> | undefined;
  #contentBytes: Promise<number | undefined> | undefined;
  #isWatched = false;

  constructor({ store, architectures, log }: ModelListOptions) {
    this.#log = log;
    this.#openStore = store;
    this.#architectures = architectures;
  }

  /** Calls back when a model comes or goes. @returns a function that ends that. */
  onDidChange(listener: () => void): () => void {
    this.#modelListeners.add(listener);
    return () => this.#modelListeners.delete(listener);
  }

  /** Calls back when a download starts, ends or is removed, in any window; not as it goes on. */
  onDidChangeDownloads(listener: () => void): () => void {
    this.#downloadListeners.add(listener);
    return () => this.#downloadListeners.delete(listener);
  }

  /** The models of the store, by name. */
  async models(): Promise<ListedModel[]> {
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

  /** Parts of models that are not here yet, the latest first. */
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

  /** Reads the store again. The store's own notice of a change comes a little later than the change. */
  refresh(): void {
    this.#listing = undefined;
    this.#contentBytes = undefined;
    this.#fire();
  }

  dispose(): void {
    for (const end of this.#subscriptions) end();
    this.#modelListeners.clear();
    this.#downloadListeners.clear();
  }

  #fire(): void {
    for (const listener of [...this.#modelListeners]) listener();
  }

  /**
   * Says of a model whose architecture the engine does not know that it does not run here. If the engine was not asked
   * yet it is asked now, and a “no” changes the list.
   */
  #withArchitecture(model: ListedModel): ListedModel {
    const { summary } = model;
    if (this.#architectures === undefined || summary === undefined || !isUsable(model)) return model;
    const { architecture } = summary;
    const isKnown = this.#architectures.recall(architecture);
    if (isKnown === false) return { ...model, reason: unknownArchitecture(architecture) };
    if (isKnown === undefined && !this.#askedFor.has(architecture)) {
      this.#askedFor.add(architecture);
      void this.#architectures.knows(architecture).then((answer) => {
        if (answer === false) this.#fire();
      });
    }
    return model;
  }

  async #watchedStore(): Promise<ModelStore> {
    const store = await this.#openStore();
    if (this.#isWatched) return store;
    this.#isWatched = true;
    this.#subscriptions.push(
      store.onDidChange(() => this.refresh()),
      store.onDidChangeDownloads(() => {
        for (const listener of [...this.#downloadListeners]) listener();
      }),
    );
    return store;
  }
}

async function listed(store: ModelStore): Promise<ListedModel[]> {
  const models = await listModels(store);
  const labels = modelLabels(models);
  return models.map((model) => ({ ...model, label: labels.get(model.id) ?? model.id }));
}
