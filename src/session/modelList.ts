/** Lists the models of the store, reading them once after each change. */
import { Listeners } from '../base/listeners.ts';
import type { Log } from '../base/log.ts';
import { type Architectures, unknownArchitecture } from '../engine/index.ts';
import { contentBytes, type Download, listDownloads, listModels, modelLabels } from '../library/index.ts';
import type { ModelStore } from '../store/index.ts';
import { isUsable, type ListedModel } from './listedModel.ts';

/** Options of {@link ModelList}. */
export interface ModelListOptions {
  readonly store: () => Promise<ModelStore>;
  /** Knows which architectures the engine supports. Without it, all count as supported. */
  readonly architectures?: Pick<Architectures, 'knows' | 'recall'> | undefined;
  readonly log: Log;
}

/** The space that a store takes on disk. */
export interface DiskUse {
  /** Bytes of all content, each counted once. */
  readonly modelBytes: number;
  /** Bytes of unfinished downloads. */
  readonly downloadBytes: number;
  readonly folder: string;
}

/** Lists models and downloads, and notifies of changes. */
export class ModelList {
  readonly #openStore: () => Promise<ModelStore>;
  readonly #architectures: ModelListOptions['architectures'];
  readonly #modelsChanged = new Listeners();
  readonly #downloadsChanged = new Listeners();
  readonly #subscriptions: (() => void)[] = [];
  /** Architectures that the engine was asked about. */
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

  /** Calls `listener` when a model comes or goes. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#modelsChanged.add(listener);
  }

  /** Calls `listener` when a download starts, ends or is removed in any window, but not on progress. */
  onDidChangeDownloads(listener: () => void): () => void {
    return this.#downloadsChanged.add(listener);
  }

  /** Returns the models of the store, sorted by name. */
  async models(): Promise<ListedModel[]> {
    const store = await this.#watchedStore();
    const listing = this.#listing ?? listed(store);
    this.#listing = listing;
    listing.catch(() => {
      // The next caller tries again.
      if (this.#listing === listing) this.#listing = undefined;
    });
    const models = (await listing).map((model) => this.#withArchitecture(model));
    return models.sort((a, b) => a.id.localeCompare(b.id, 'en'));
  }

  /** Returns the unfinished downloads, the latest first. */
  async downloads(): Promise<Download[]> {
    return listDownloads(await this.#watchedStore());
  }

  /**
   * Returns the space that models and downloads take. The disk is read once after each change of the store.
   * @returns undefined if it cannot be determined, which is logged and does not stop lists of models.
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

  /** Reads the store again at once; its own notification comes a little later than a change. */
  refresh(): void {
    this.#listing = undefined;
    this.#contentBytes = undefined;
    this.#modelsChanged.fire();
  }

  dispose(): void {
    for (const end of this.#subscriptions) end();
    this.#modelsChanged.clear();
    this.#downloadsChanged.clear();
  }

  /**
   * Marks a model whose architecture the engine does not know as not runnable. If the engine has not been asked yet, it
   * is asked now, and a “no” changes the list later.
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
        if (answer === false) this.#modelsChanged.fire();
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
      store.onDidChangeDownloads(() => this.#downloadsChanged.fire()),
    );
    return store;
  }
}

async function listed(store: ModelStore): Promise<ListedModel[]> {
  const models = await listModels(store);
  const labels = modelLabels(models);
  return models.map((model) => {
    const { label, origin } = labels.get(model.id) ?? { label: model.id };
    if (origin === undefined) return { ...model, label };
    return { ...model, label: `${label} (${origin})`, namesake: { label, origin } };
  });
}
