/**
 * The model that the user chose for completions: loaded at the first request, with its format of fill-in-the-middle, and
 * what it is doing. A failure is kept, so that typing does not repeat it at every key.
 */
import { type Completer, createCompleter, type Ghost, type Place } from '../../assist/index.ts';
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { Listeners } from '../../base/listeners.ts';
import type { Log } from '../../base/log.ts';
import { smallerCompleter } from '../../catalog/index.ts';
import { type FimFormat, hole } from '../../inference/format/fim/index.ts';
import { capability, type Engine } from '../../inference/index.ts';
import { type AnsweringModel, isEndpointId, isEndpointModel, type Session } from '../../session/index.ts';
import { messageOf } from '../window/errors.ts';
import type { FillIn } from './fillIn.ts';

/** A model that answers slower than the user types. */
export interface SlowModel {
  /** The name of a smaller one to pull; undefined if none is known. */
  readonly smaller: string | undefined;
}

/** The state of the model of completions. The label is the model's. */
export type ModelStatus =
  /** No model was chosen, or the user turned completions off. */
  | { readonly kind: 'off' }
  | { readonly kind: 'idle' | 'loading'; readonly label: string }
  | { readonly kind: 'ready' | 'working'; readonly label: string; readonly slow?: SlowModel | undefined }
  | { readonly kind: 'failed'; readonly label: string; readonly message: string };

/** Options of one request. */
export interface RequestOptions {
  readonly signal: AbortSignal;
  /** True if the user asked for it, which also tries again after a failure. */
  readonly isExplicit: boolean;
  /** True if prose in comments is completed, too. */
  readonly inComments: boolean;
}

interface LoadedModel {
  readonly id: string;
  readonly label: string;
  /** All names that it is known by: in its registry, on its server, in the header of its file. */
  readonly names: readonly string[];
  readonly engine: Engine;
  readonly completer: Completer;
  /** Bytes of its files; undefined for a model on a server. */
  readonly sizeBytes: number | undefined;
  readonly format: FimFormat;
}

/** Completes with the chosen model. */
export class CompletionModel {
  readonly #models: Session;
  readonly #fillIn: FillIn;
  readonly #log: Log;
  readonly #changed = new Listeners();
  readonly #unsubscribe: () => void;
  #loaded: LoadedModel | undefined;
  #loading: Promise<LoadedModel> | undefined;
  /** The id of the model that failed. */
  #failed: string | undefined;
  #status: ModelStatus = { kind: 'off' };
  #requests = 0;

  constructor(models: Session, fillIn: FillIn, log: Log) {
    this.#models = models;
    this.#fillIn = fillIn;
    this.#log = log;
    this.#unsubscribe = models.onDidChange(() => void this.refresh());
  }

  get status(): ModelStatus {
    return this.#status;
  }

  /** The model that is loaded. */
  get loaded(): Pick<LoadedModel, 'engine' | 'label' | 'names'> | undefined {
    return this.#loaded;
  }

  /** True if the model that is loaded is asked with texts of other files. */
  get takesSurroundings(): boolean {
    const format = this.#loaded?.format;
    return format !== undefined && (format === hole || format.repository !== undefined);
  }

  /** Calls `listener` when the status changes. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  /** Reads the choice again. Loads nothing. */
  async refresh(): Promise<void> {
    const id = await this.#models.choice('completion');
    if (id !== this.#failed) this.#failed = undefined;
    if (this.#loaded !== undefined && !this.#isCurrent(this.#loaded, id)) {
      this.#loaded.completer.dispose();
      this.#loaded = undefined;
    }
    if (id === undefined) this.#become({ kind: 'off' });
    else if (this.#failed === undefined && this.#loading === undefined) await this.#tellIdleOrReady(id);
  }

  /** Returns the completion at a place, or undefined if there is none. A failure is logged and becomes the status. */
  async complete(place: Place, options: RequestOptions): Promise<Ghost | undefined> {
    const id = await this.#models.choice('completion');
    if (id === undefined || (id === this.#failed && !options.isExplicit)) return undefined;
    try {
      const model = await this.#load(id);
      if (options.signal.aborted) return undefined;
      return await this.#ask(model, place, options);
    } catch (error) {
      await this.#fail(id, error);
      return undefined;
    }
  }

  /**
   * Loads the model and lets it read a place, so that the first completion there comes as fast as the others. A server is
   * left alone, which may count what it reads, and so is a model that is answering. A failure is logged and becomes the
   * status.
   */
  async warm(place: Place, signal: AbortSignal): Promise<void> {
    const id = await this.#models.choice('completion');
    if (id === undefined || id === this.#failed || isEndpointId(id)) return;
    try {
      const { engine, completer } = await this.#load(id);
      if (!signal.aborted && engine.state === 'ready') await completer.warm(place, signal);
    } catch (error) {
      await this.#fail(id, error);
    }
  }

  dispose(): void {
    this.#unsubscribe();
    this.#changed.clear();
    this.#loaded?.completer.dispose();
  }

  async #ask(model: LoadedModel, place: Place, options: RequestOptions): Promise<Ghost | undefined> {
    this.#requests++;
    this.#become(statusOf(model, 'working'));
    try {
      return await model.completer.complete(place, options);
    } finally {
      this.#requests--;
      if (this.#requests === 0 && this.#loaded === model) this.#become(statusOf(model, 'ready'));
    }
  }

  async #load(id: string): Promise<LoadedModel> {
    if (this.#loaded !== undefined && this.#isCurrent(this.#loaded, id)) return this.#loaded;
    // A load goes on if the user types on; the next request finds it.
    this.#loading ??= this.#open(id).finally(() => {
      this.#loading = undefined;
    });
    const loaded = await this.#loading;
    if (loaded.id !== id) return this.#load(id);
    this.#failed = undefined;
    return loaded;
  }

  async #open(id: string): Promise<LoadedModel> {
    const model = await this.#find(id);
    const { label } = model;
    this.#become({ kind: 'loading', label });
    const { engine, contextTokens, sizeBytes } = await this.#models.load(model, { isQuiet: true });
    const format = await this.#fillIn.formatOf(model, engine);
    const completer = createCompleter({
      engine: { infill: capability(engine, 'infill'), count: capability(engine, 'count') },
      format,
      takesBegin: engine.marks !== undefined,
      contextTokens,
    });
    this.#log.info(`Code completions: ${id} with the format ${format.name}.`);
    this.#loaded?.completer.dispose();
    this.#loaded = { id, label, names: namesOf(model), engine, completer, sizeBytes, format };
    this.#become(statusOf(this.#loaded, 'ready'));
    return this.#loaded;
  }

  async #find(id: string): Promise<AnsweringModel> {
    const model = await this.#models.find(id);
    if (model !== undefined) return model;
    throw new ModelError(
      'not-found',
      t('{0} is not on this machine any longer. Choose another model for code completions.', id),
    );
  }

  #isCurrent({ id, engine }: LoadedModel, chosen: string | undefined): boolean {
    return id === chosen && this.#models.engine(id) === engine && this.#models.isLoaded(id);
  }

  async #fail(id: string, error: unknown): Promise<void> {
    if (isModelError(error, 'cancelled')) return;
    this.#failed = id;
    const message = messageOf(error);
    this.#log.warn(`Code completions: ${message}`);
    const label = (await this.#models.find(id).catch(() => undefined))?.label ?? id;
    this.#become({ kind: 'failed', label, message });
  }

  async #tellIdleOrReady(id: string): Promise<void> {
    if (this.#loaded !== undefined) {
      if (this.#requests === 0) this.#become(statusOf(this.#loaded, 'ready'));
      return;
    }
    const label = (await this.#models.find(id).catch(() => undefined))?.label ?? id;
    if (this.#loaded === undefined && this.#loading === undefined && this.#failed === undefined)
      this.#become({ kind: 'idle', label });
  }

  #become(status: ModelStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#changed.fire();
  }
}

function namesOf(model: AnsweringModel): string[] {
  const own = isEndpointModel(model) ? undefined : model.summary?.name;
  return [model.id, model.label, ...(own === undefined ? [] : [own])];
}

function statusOf({ label, completer, sizeBytes }: LoadedModel, kind: 'ready' | 'working'): ModelStatus {
  if (!completer.isSlow) return { kind, label };
  return {
    kind,
    label,
    slow: { smaller: sizeBytes === undefined ? undefined : smallerCompleter(sizeBytes)?.name },
  };
}
