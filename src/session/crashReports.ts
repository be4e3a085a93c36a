/** Tells of models whose process crashed, each once until it runs again. */
import { Listeners } from '../base/listeners.ts';
import type { EnginePool } from '../engine/index.ts';

/** The crashes of one window. */
export class CrashReports {
  readonly #pool: Pick<EnginePool, 'get'>;
  readonly #listeners = new Listeners<[label: string]>();
  /** Labels of models that were loaded, by their id in the pool. */
  readonly #labels = new Map<string, string>();
  /** Ids of models whose crash was told. */
  readonly #told = new Set<string>();

  constructor(pool: Pick<EnginePool, 'get'>) {
    this.#pool = pool;
  }

  /** Calls `listener` with a model's label when its process crashes. @returns a function that stops it. */
  onDidCrash(listener: (label: string) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Remembers the label of a model that is loaded. @param id in the pool. */
  name(id: string, label: string): void {
    this.#labels.set(id, label);
  }

  /** Looks at a model whose state has changed. */
  look(id: string): void {
    if (this.#pool.get(id)?.state !== 'crashed') {
      this.#told.delete(id);
      return;
    }
    if (this.#told.has(id)) return;
    this.#told.add(id);
    this.#listeners.fire(this.#labels.get(id) ?? id);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
