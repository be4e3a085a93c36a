/**
 * Which models stay in memory. A load must leave the machine enough for the editor and everything else, so the least
 * recently used models go first, never one that answers, and a model that does not fit even then is refused before it
 * is read. A model that nobody uses goes by itself.
 */
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import type { SystemMemory } from '../base/systemMemory.ts';
import type { EnginePool } from '../engine/index.ts';

/** Share of the memory that all models together may take. */
const MAX_SHARE = 0.75;
/** Memory that stays free for others, in bytes; on small machines it is a quarter of the memory. */
const RESERVED_BYTES = 2 * 1024 ** 3;
const RESERVED_SHARE = 0.25;
/** Time between two looks at idle models, in milliseconds. */
const LOOK_MS = 30_000;

/** A model in memory. */
export interface Resident {
  readonly id: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number;
  /** True if it answers or loads, so that it must stay. */
  readonly isBusy: boolean;
  /** True if the user wants it to stay; it goes last. */
  readonly isKept?: boolean;
}

/** Returns the bytes that models may take: those in memory together with one more. */
export function modelBytesLimit({ availableBytes, totalBytes }: SystemMemory, residentBytes: number): number {
  const reserved = Math.min(RESERVED_BYTES, totalBytes * RESERVED_SHARE);
  return Math.max(0, Math.min(totalBytes * MAX_SHARE, availableBytes + residentBytes - reserved));
}

/**
 * Returns the models to unload so that `neededBytes` more fit into `limitBytes`, least recently used first, or undefined
 * if they do not fit even without all that are idle.
 */
export function modelsToUnload(
  neededBytes: number,
  residents: readonly Resident[],
  limitBytes: number,
): string[] | undefined {
  let excess = residents.reduce((sum, { bytes }) => sum + bytes, neededBytes) - limitBytes;
  const unload: string[] = [];
  const idle = residents
    .filter(({ isBusy }) => !isBusy)
    .sort((a, b) => Number(a.isKept ?? false) - Number(b.isKept ?? false) || a.lastUsedAt - b.lastUsedAt);
  for (const { id, bytes } of idle) {
    if (excess <= 0) break;
    unload.push(id);
    excess -= bytes;
  }
  return excess <= 0 ? unload : undefined;
}

/** Options of {@link Residency}. */
export interface ResidencyOptions {
  readonly pool: EnginePool;
  readonly memory: () => Promise<SystemMemory>;
  /** Milliseconds without use after which a model is unloaded; 0 for never. Read at each look. */
  readonly idleMs: () => number;
  /** Returns true if a model stays when it is idle. Defaults to none. */
  readonly isKept?: ((id: string) => boolean) | undefined;
  readonly log: Log;
  readonly now?: (() => number) | undefined;
}

/** Keeps account of the models in one window's memory. */
export class Residency {
  readonly #options: ResidencyOptions;
  readonly #now: () => number;
  /** Bytes and last use of models by their id in the pool. */
  readonly #bytes = new Map<string, number>();
  readonly #usedAt = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  /** Decisions come one after the other, so that two loads do not count on the same room. */
  #deciding: Promise<unknown> = Promise.resolve();

  constructor(options: ResidencyOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#unsubscribe = options.pool.onDidChange((id) => this.#usedAt.set(id, this.#now()));
    this.#timer = setInterval(() => void this.unloadIdle(), LOOK_MS);
    this.#timer.unref();
  }

  /**
   * Makes room for a model by unloading others.
   * @param needed estimates of its main memory in bytes, the cheapest first; a later one is asked for only if it does
   * not fit by the one before. Undefined if it is not known.
   * @throws ModelError `out-of-memory`.
   */
  makeRoom(id: string, label: string, needed: readonly (() => Promise<number | undefined>)[]): Promise<void> {
    const run = this.#deciding.then(() => this.#makeRoom(id, label, needed));
    this.#deciding = run.catch(() => {}); // The caller gets the error.
    return run;
  }

  async #makeRoom(
    id: string,
    label: string,
    needed: readonly (() => Promise<number | undefined>)[],
  ): Promise<void> {
    let bytes: number | undefined;
    let limit = 0;
    for (const estimate of needed) {
      bytes = await estimate();
      if (bytes === undefined) return;
      const residents = this.#residents().filter((resident) => resident.id !== id);
      const residentBytes = residents.reduce((sum, resident) => sum + resident.bytes, 0);
      limit = modelBytesLimit(await this.#options.memory(), residentBytes);
      const unload = modelsToUnload(bytes, residents, limit);
      if (unload === undefined) continue;
      for (const other of unload) {
        this.#options.log.info(`Unloading ${other} to make room for ${label}.`);
        await this.#options.pool.unload(other);
      }
      this.#bytes.set(id, bytes);
      return;
    }
    if (bytes === undefined) return;
    throw new ModelError(
      'out-of-memory',
      t(
        '{0} needs about {1} of memory, but only {2} can be used for models now. Close other programs, or choose a smaller model or context.',
        label,
        formatBytes(bytes),
        formatBytes(limit),
      ),
    );
  }

  /** Unloads the models that were idle for too long. */
  async unloadIdle(): Promise<void> {
    const idleMs = this.#options.idleMs();
    if (idleMs <= 0) return;
    for (const { id, isBusy, isKept, lastUsedAt } of this.#residents()) {
      if (isBusy || isKept || this.#now() - lastUsedAt < idleMs) continue;
      this.#options.log.info(
        `Unloading ${id}, which was not used for ${Math.round(idleMs / 60_000)} minutes.`,
      );
      await this.#options.pool.unload(id);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #residents(): Resident[] {
    return this.#options.pool
      .list()
      .filter(({ engine }) => engine.state !== 'unloaded' && engine.state !== 'crashed')
      .map(({ id, engine }) => ({
        id,
        bytes: this.#bytes.get(id) ?? 0,
        lastUsedAt: this.#usedAt.get(id) ?? 0,
        isBusy: engine.state !== 'ready',
        isKept: this.#options.isKept?.(id) ?? false,
      }));
  }
}
