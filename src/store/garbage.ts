/**
 * Garbage collection: takes away what nothing needs any more.
 *
 *   blobs, quarantine   that no reference and no lease needs, and nobody touched for a day
 *   models/             folders without a reference, after a day
 *   unpacked/           records of layers whose files are not all there any more
 *   ingest/tmp-*        what killed processes left, after a day
 *   ingest/<alg>-<hex>  downloads that stopped a week ago, or whose content is in the store
 *   leases/             of processes that died
 *
 * All that decides is looked at under the store's lock, and leases are taken under it, so nothing goes that a
 * pull of another process counts on. The day's grace is for programs that know no leases: skopeo may write into
 * the store, and older versions of this extension do. Times of the future count as now.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelError, throwIfCancelled } from '../base/error.ts';
import { tryParseDigest } from '../oci/digest.ts';
import { foldersIn, guarded, ifPresent, namesIn, syncDirectory } from './files.ts';
import { digestOfName } from './layout.ts';
import { keptDigests } from './needed.ts';
import { ingestDigests, isComplete, removePartial } from './partials.ts';
import type { StoreParts } from './parts.ts';
import { removeTree, Trash } from './trash.ts';
import { readUnpacked } from './unpacked.ts';

export interface GarbageOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for which content and folders of models that nothing needs stay; a day where absent. */
  readonly graceMs?: number | undefined;
  /** The time against which ages count, milliseconds since 1970; the store's clock where absent. */
  readonly now?: number | undefined;
  /** Milliseconds to wait for another process that changes the store; a minute where absent. */
  readonly waitMs?: number | undefined;
}

/** What was taken away. */
export interface GarbageReport {
  /** Bytes that the disk got back. */
  readonly freedBytes: number;
  /** Contents, damaged ones among them. */
  readonly blobs: number;
  /** Downloads that were not finished. */
  readonly ingests: number;
  /** Leftovers of killed processes, and folders of models that are gone. */
  readonly temporary: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Milliseconds for which a download that stopped is kept. */
const PARTIAL_MS = 7 * DAY_MS;

/** @throws ModelError `store-busy`, `store-error`, `cancelled`. What went before stays away. */
export async function collectGarbage(parts: StoreParts, options: GarbageOptions): Promise<GarbageReport> {
  const collection = new Collection(parts, options);
  try {
    await collection.temporary();
    await parts.locked(() => collection.underLock(), { signal: options.signal, waitMs: options.waitMs });
    await collection.ingests();
    await removeOldRecords(parts, options);
  } finally {
    await collection.trash.empty();
  }
  return collection.report;
}

/** Records of layers that say nothing any more. They are small, and whoever finds none unpacks the layer again. */
async function removeOldRecords(parts: StoreParts, options: GarbageOptions): Promise<void> {
  const { layout, blobs, leases } = parts;
  const old: string[] = [];
  for (const name of await namesIn(layout.unpackedLayers)) {
    throwIfCancelled(options.signal);
    const digest = digestOfName(name.replace(/\.json$/, ''));
    if (digest !== undefined && (await readUnpacked(layout, blobs, digest)) === undefined) old.push(digest);
  }
  if (old.length === 0) return;
  const remove = async (): Promise<void> => {
    // A running pull writes the record before the files are there, and has had its lease before that.
    const leased = await leases.digests();
    for (const digest of old) {
      if (leased === undefined || leased.has(digest)) continue;
      const path = layout.unpacked(digest);
      await guarded('removed', path, () => rm(path, { force: true }));
    }
  };
  await parts.locked(remove, { signal: options.signal, waitMs: options.waitMs });
}

class Collection {
  readonly trash: Trash;
  readonly #parts: StoreParts;
  readonly #signal: AbortSignal | undefined;
  readonly #graceMs: number;
  readonly #now: number;
  #leased: ReadonlySet<string> | undefined;
  #freed = 0;
  #counts = { blobs: 0, ingests: 0, temporary: 0 };

  constructor(parts: StoreParts, { signal, graceMs, now }: GarbageOptions) {
    this.trash = new Trash(parts.layout);
    this.#parts = parts;
    this.#signal = signal;
    this.#graceMs = graceMs ?? DAY_MS;
    this.#now = now ?? parts.now();
  }

  get report(): GarbageReport {
    return { freedBytes: this.#freed, ...this.#counts };
  }

  /** Models and content. Links go before the blobs, so that these are freed. */
  async underLock(): Promise<void> {
    const { leases, references, layout } = this.#parts;
    await leases.removeDead();
    this.#leased = await leases.digests();
    await this.#models();
    const kept = await keptDigests(this.#parts, await references.survey());
    // What was read of manifests is not read again by the next process.
    await references.save();
    if (kept === undefined) return;
    for (const { digest, path } of await this.#content()) {
      if (!kept.has(digest)) await this.#sweep(path, 'blobs');
    }
    for (const name of await foldersIn(layout.blobs)) {
      const folder = join(layout.blobs, name);
      await guarded('removed', folder, () => syncDirectory(folder));
    }
  }

  /** Each has a lock of its own, so the store's lock is not needed. */
  async ingests(): Promise<void> {
    for (const digest of await ingestDigests(this.#parts)) {
      throwIfCancelled(this.#signal);
      if (this.#leased === undefined || this.#leased.has(digest)) continue;
      if (!(await isComplete(this.#parts, digest)) && !(await this.#isStale(digest))) continue;
      try {
        this.#freed += await removePartial(this.#parts, digest);
        this.#counts.ingests++;
      } catch (error) {
        if (!isModelError(error, 'store-busy')) throw error; // it is being downloaded
      }
    }
  }

  async #isStale(digest: string): Promise<boolean> {
    const folder = this.#parts.layout.ingest(digest);
    const names = (await guarded('read', folder, () => ifPresent(readdir(folder)))) ?? [];
    const times = await Promise.all(['.', ...names].map((name) => this.#touched(join(folder, name))));
    return this.#now - Math.max(...times) > PARTIAL_MS;
  }

  /**
   * Leftovers have names that nobody makes a second time, so the store's lock is not needed; but who works on one
   * now may do so without a lock too, so the time of grace is always a day.
   */
  async temporary(): Promise<void> {
    const { layout } = this.#parts;
    for (const name of await namesIn(layout.ingests)) {
      if (name.startsWith('tmp-')) await this.#sweep(join(layout.ingests, name), 'temporary', DAY_MS);
    }
    for (const model of await foldersIn(layout.models)) {
      const folder = join(layout.models, model);
      for (const name of await namesIn(folder)) {
        if (name.startsWith('.tmp-')) await this.#sweep(join(folder, name), 'temporary', DAY_MS);
      }
    }
  }

  /** Names and not contents decide: the folder of a damaged reference stays. */
  async #models(): Promise<void> {
    const { layout } = this.#parts;
    const references = new Set(await namesIn(layout.refs));
    for (const name of await namesIn(layout.models)) {
      if (!references.has(`${name}.json`)) await this.#sweep(join(layout.models, name), 'temporary');
    }
  }

  async #content(): Promise<{ digest: string; path: string }[]> {
    const { layout } = this.#parts;
    const found: { digest: string; path: string }[] = [];
    for (const algorithm of await foldersIn(layout.blobs)) {
      for (const hex of await namesIn(join(layout.blobs, algorithm))) {
        const digest = `${algorithm}:${hex}`;
        // Other names are not ours.
        if (tryParseDigest(digest) !== undefined) found.push({ digest, path: layout.blob(digest) });
      }
    }
    for (const name of await namesIn(layout.quarantine)) {
      const digest = digestOfName(name);
      if (digest !== undefined) found.push({ digest, path: layout.quarantined(digest) });
    }
    return found;
  }

  /** Takes a file or folder away that nobody touched in the time of grace. */
  async #sweep(path: string, kind: 'blobs' | 'temporary', graceMs = this.#graceMs): Promise<void> {
    throwIfCancelled(this.#signal);
    if (this.#now - (await this.#touched(path)) <= graceMs) return;
    try {
      this.#freed += kind === 'blobs' ? ((await this.trash.take(path)) ?? 0) : await removeTree(path);
      this.#counts[kind]++;
    } catch (error) {
      // On Windows while a program has the file open; the next collection takes it.
      if (!isModelError(error, 'store-error')) throw error;
      this.#parts.log.warn(`${error.message} It is tried again another day.`);
    }
  }

  /** When a file got its content, name or number of links last, milliseconds since 1970. */
  async #touched(path: string): Promise<number> {
    const status = await guarded('read', path, () => ifPresent(stat(path)));
    return status === undefined ? Number.POSITIVE_INFINITY : Math.max(status.mtimeMs, status.ctimeMs);
  }
}
