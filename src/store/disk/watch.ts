/** Watches a folder of the store for changes by any process. */
import { type FSWatcher, watch } from 'node:fs';
import type { Log } from '../../base/log.ts';

/** Milliseconds within which several changes count as one. */
const DEBOUNCE_MS = 50;
/** Most names of one burst. */
const MAX_NAMES = 1000;

/** Names of files that changed; undefined if any of them may have. */
export type ChangedNames = ReadonlySet<string> | undefined;

/** Calls listeners once for a burst of changes by this process or another. */
export class ChangeWatcher {
  readonly #folder: string;
  readonly #log: Log;
  readonly #listeners = new Set<(names: ChangedNames) => void>();
  #names: Set<string> | undefined = new Set();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Calls `listener` after every change. Returns a function that stops this. */
  add(listener: (names: ChangedNames) => void): () => void {
    this.#listeners.add(listener);
    this.#start();
    return () => this.#listeners.delete(listener);
  }

  /** Reports a change by this process. @param name of the file; undefined for any. */
  changed(name?: string): void {
    if (this.#disposed || this.#listeners.size === 0) return;
    // The system may have lost names of a long burst.
    if (name === undefined || (this.#names?.size ?? 0) >= MAX_NAMES) this.#names = undefined;
    else this.#names?.add(name);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const names = this.#names;
      this.#names = new Set();
      for (const listener of this.#listeners) this.#call(listener, names);
    }, DEBOUNCE_MS);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#listeners.clear();
  }

  #call(listener: (names: ChangedNames) => void, names: ChangedNames): void {
    try {
      listener(names);
    } catch (error) {
      this.#log.error(`A listener of the model store failed: ${String(error)}`);
    }
  }

  /** Starts watching, if possible; this process reports its own changes in any case. */
  #start(): void {
    if (this.#watcher !== undefined || this.#disposed) return;
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, (_, name) =>
        this.changed(name ?? undefined),
      );
      this.#watcher.on('error', (error) => this.#stop(error));
    } catch (error) {
      this.#stop(error);
    }
  }

  #stop(error: unknown): void {
    this.#log.warn(`Changes that other windows make in ${this.#folder} are not seen: ${String(error)}`);
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
