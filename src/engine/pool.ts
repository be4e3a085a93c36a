/** The engines of one window, by the id of their model. */
import { throwIfCancelled } from '../base/error.ts';
import { Listeners } from '../base/listeners.ts';
import { unlessCancelled } from '../base/wait.ts';
import { type Engine, type LoadOptions, loadKey, type ModelSource } from '../inference/index.ts';

/** An engine with the id of its model. */
export interface PooledEngine {
  readonly id: string;
  readonly engine: Engine;
}

/** A load that several callers wait for. */
interface SharedLoad {
  readonly done: Promise<unknown>;
  readonly abort: AbortController;
  readonly progress: Set<(fraction: number) => void>;
  waiting: number;
}

/** Keeps at most one engine for each model. */
export class EnginePool {
  readonly #createEngine: (source: ModelSource) => Engine;
  readonly #engines = new Map<string, Engine>();
  readonly #loads = new Map<string, SharedLoad>();
  /** The options with which engines were loaded, as text. */
  readonly #options = new WeakMap<Engine, string>();
  readonly #changed = new Listeners<[id: string]>();

  constructor(createEngine: (source: ModelSource) => Engine) {
    this.#createEngine = createEngine;
  }

  /** Returns the engine of a model that was loaded; it may have crashed. */
  get(id: string): Engine | undefined {
    return this.#engines.get(id);
  }

  /** Tells if a loaded model has to be loaded again for these options, which happens when it is idle. */
  isOutdated(id: string, options: LoadOptions): boolean {
    const engine = this.#engines.get(id);
    return engine?.state === 'ready' && this.#options.get(engine) !== loadKey(options);
  }

  /** Returns all engines, oldest first. */
  list(): PooledEngine[] {
    return Array.from(this.#engines, ([id, engine]) => ({ id, engine }));
  }

  /**
   * Calls `listener` with a model's id when its engine comes, goes or changes state.
   * @returns a function that stops it.
   */
  onDidChange(listener: (id: string) => void): () => void {
    return this.#changed.add(listener);
  }

  /**
   * Returns the engine of a model after loading it. An engine that was loaded with other options is loaded again, but
   * not while it answers. Concurrent callers share one load, which is canceled only when all of them cancel.
   * @throws ModelError as `Engine.load`.
   */
  async load(id: string, source: ModelSource, options: LoadOptions = {}): Promise<Engine> {
    throwIfCancelled(options.signal);
    const engine = this.#engines.get(id) ?? this.#add(id, source);
    if (engine.state === 'generating') return engine;
    if (engine.state === 'ready' && !this.isOutdated(id, options)) return engine;
    const shared = this.#loads.get(id) ?? this.#startLoad(id, engine, source, options);
    await this.#join(id, shared, options);
    return engine;
  }

  /** Frees a model and ends its process. Does nothing if it is not loaded. */
  async unload(id: string): Promise<void> {
    const engine = this.#engines.get(id);
    if (engine === undefined) return;
    await engine.unload();
    if (engine.state === 'unloaded' && !this.#loads.has(id)) this.#remove(id, engine);
  }

  /** Ends all processes. */
  async unloadAll(): Promise<void> {
    await Promise.all([...this.#engines.keys()].map((id) => this.unload(id)));
  }

  #add(id: string, source: ModelSource): Engine {
    const engine = this.#createEngine(source);
    this.#engines.set(id, engine);
    engine.onDidChangeState(() => this.#changed.fire(id));
    return engine;
  }

  #remove(id: string, engine: Engine): void {
    if (this.#engines.get(id) !== engine) return;
    this.#engines.delete(id);
    this.#changed.fire(id);
  }

  #startLoad(id: string, engine: Engine, source: ModelSource, options: LoadOptions): SharedLoad {
    const abort = new AbortController();
    const progress: SharedLoad['progress'] = new Set();
    const onProgress = (fraction: number): void => {
      for (const report of progress) report(fraction);
    };
    this.#options.set(engine, loadKey(options));
    const done = engine.load(source, { ...options, signal: abort.signal, onProgress }).finally(() => {
      if (this.#loads.get(id) === shared) this.#loads.delete(id);
      // Another load of the same engine may have started while this one was being canceled.
      if (engine.state === 'unloaded' && !this.#loads.has(id)) this.#remove(id, engine);
    });
    const shared: SharedLoad = { done, abort, progress, waiting: 0 };
    this.#loads.set(id, shared);
    return shared;
  }

  /** Waits until a shared load is done or `options.signal` is aborted. The last caller to leave cancels the load. */
  async #join(id: string, shared: SharedLoad, { signal, onProgress }: LoadOptions): Promise<void> {
    // A function of its own, because two callers may pass the same callback.
    const report = (fraction: number): void => onProgress?.(fraction);
    shared.waiting++;
    shared.progress.add(report);
    try {
      await unlessCancelled(shared.done, signal);
    } finally {
      shared.progress.delete(report);
      if (--shared.waiting === 0) {
        if (this.#loads.get(id) === shared) this.#loads.delete(id);
        shared.abort.abort();
      }
    }
  }
}
