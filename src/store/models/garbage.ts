/**
 * Garbage collection: removes files of this store (see records.ts) that nothing needs any more.
 *
 *   blobs, quarantine   needed by no reference, no lease and no tool's entry in index.json, and untouched for a day
 *   models/             names of models without a reference, after a day
 *   unpacked/           records of layers of which a file is missing
 *   ingest/tmp-*        leftovers of killed processes of this store, after a day
 *   ingest/<alg>-<hex>  downloads that stopped a week ago, or whose content is in the store
 *   leases/             leases of dead processes
 *   *.lock.*            leftovers of processes that were killed while they took or broke a lock, after a day
 *
 * Leases are taken under the store's lock, and collection decides under it too, so nothing is removed that a pull in
 * another process counts on. The grace of a day is a second line of defense beside leases. Times in the future count as
 * now.
 */
import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelError, throwIfCancelled } from '../../base/error.ts';
import { tryParseDigest } from '../../oci/spec/digest.ts';
import type { HeldLock } from '../content/heldLock.ts';
import { isMaybeOwnBlob, ownBlob, ownQuarantined } from '../content/records.ts';
import type { Trash } from '../content/trash.ts';
import { isRecord, readUnpacked } from '../content/unpacked.ts';
import { foldersIn, guarded, ifPresent, namesIn, syncDirectory } from '../disk/files.ts';
import { digestOfName } from '../disk/layout.ts';
import { isBesideLock, isLockFile } from '../disk/lock.ts';
import { fileStatus } from '../disk/ownFiles.ts';
import { changeWithTrash } from './change.ts';
import { leftovers, takeFolder } from './models.ts';
import { keptDigests } from './needed.ts';
import { ingestDigests, isComplete, removePartial, touchedAt } from './partials.ts';
import type { StoreParts } from './storeParts.ts';

export interface GarbageOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for which unneeded content and folders of models stay. Defaults to a day. */
  readonly graceMs?: number | undefined;
  /** The time from which ages count, milliseconds since 1970. Defaults to the store's clock. */
  readonly now?: number | undefined;
  /** Milliseconds to wait for another process that is changing the store. Defaults to a minute. */
  readonly waitMs?: number | undefined;
}

/** The result of a garbage collection. */
export interface GarbageReport {
  /** Bytes that were freed. */
  readonly freedBytes: number;
  /** Number of blobs that were removed, including damaged ones. */
  readonly blobs: number;
  /** Number of unfinished downloads that were removed. */
  readonly ingests: number;
  /** Number of leftovers of killed processes and of folders of deleted models. */
  readonly temporary: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Milliseconds for which a download that stopped is kept. */
const PARTIAL_MS = 7 * DAY_MS;

/** @throws ModelError `store-busy`, `store-error`, `cancelled`. Files that were removed before an error stay removed. */
export async function collectGarbage(parts: StoreParts, options: GarbageOptions): Promise<GarbageReport> {
  const collection = new Collection(parts, options);
  await collection.temporary();
  await collection.content(options.waitMs);
  if (await collection.proveMore()) await collection.content(options.waitMs);
  await collection.ingests();
  await removeOldRecords(parts, options);
  collection.tellForeign();
  return collection.report;
}

/** Removes records of layers with missing files. Without a record, the layer is unpacked again when it is needed. */
async function removeOldRecords(parts: StoreParts, options: GarbageOptions): Promise<void> {
  const { layout, blobs, leases } = parts;
  const old: string[] = [];
  for (const name of await namesIn(layout.unpackedLayers)) {
    throwIfCancelled(options.signal);
    const digest = digestOfName(name.replace(/\.json$/, ''));
    // A link or folder here is foreign, and in the way of nothing.
    if (digest === undefined || (await fileStatus(layout.unpacked(digest))) === undefined) continue;
    if (!(await isRecord(layout, digest))) continue;
    if ((await readUnpacked(layout, blobs, digest)) === undefined) old.push(digest);
  }
  if (old.length === 0) return;
  const remove = async (held: HeldLock): Promise<void> => {
    // A running pull takes its lease first, then writes the record, and only then the files.
    const leased = await leases.digests();
    for (const digest of old) {
      if (leased === undefined || leased.has(digest)) continue;
      const path = layout.unpacked(digest);
      await held.step('remove-record');
      await guarded('removed', path, () => rm(path, { force: true }));
    }
  };
  await parts.locked(remove, { signal: options.signal, waitMs: options.waitMs });
}

class Collection {
  readonly #parts: StoreParts;
  readonly #signal: AbortSignal | undefined;
  readonly #graceMs: number;
  readonly #now: number;
  #leased: ReadonlySet<string> | undefined;
  #freed = 0;
  #counts = { blobs: 0, ingests: 0, temporary: 0 };
  /** Paths that nothing needs and nothing proves to be ours. */
  readonly #foreign = new Set<string>();
  /** Content that may prove to be ours when it is hashed. */
  readonly #unproven = new Set<string>();

  constructor(parts: StoreParts, { signal, graceMs, now }: GarbageOptions) {
    this.#parts = parts;
    this.#signal = signal;
    this.#graceMs = graceMs ?? DAY_MS;
    this.#now = now ?? parts.now();
  }

  get report(): GarbageReport {
    return { freedBytes: this.#freed, ...this.#counts };
  }

  /** Logs which files stay, and why. */
  tellForeign(): void {
    const [first] = this.#foreign;
    if (first === undefined) return;
    this.#parts.log.info(
      `${this.#foreign.size} files or folders in the model store are left alone, because no record says that OCI Models made them, such as ${first}.`,
    );
  }

  /** Collects models and content. */
  async content(waitMs: number | undefined): Promise<void> {
    const options = { signal: this.#signal, waitMs };
    const collect = (held: HeldLock, trash: Trash): Promise<void> => this.#underLock(held, trash);
    const before = { ...this.#counts };
    try {
      const { freedBytes } = await changeWithTrash(this.#parts, collect, options);
      this.#freed += freedBytes;
    } catch (error) {
      this.#counts = before;
      throw error;
    }
  }

  async #underLock(held: HeldLock, trash: Trash): Promise<void> {
    const { leases, references, layout } = this.#parts;
    await leases.removeDead(held);
    this.#leased = await leases.digests();
    await this.#models(held, trash);
    const kept = await keptDigests(this.#parts, await references.survey());
    // Saved so that the next process need not read the manifests again.
    await references.save();
    if (kept === undefined) return;
    for (const item of await this.#content()) {
      if (!kept.has(item.digest)) await this.#sweep(item, held, trash);
    }
    for (const name of await foldersIn(layout.blobs)) {
      const folder = join(layout.blobs, name);
      await guarded('removed', folder, () => syncDirectory(folder));
    }
  }

  /** Collects downloads. Each has a lock of its own, so the store's lock is not needed. */
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
    return this.#now - (await touchedAt(this.#parts, digest)) > PARTIAL_MS;
  }

  /**
   * Collects leftovers. Their names are never reused, so the store's lock is not needed; but another process may just be
   * working on one without a lock, so the grace is always a day.
   */
  async temporary(): Promise<void> {
    const { layout } = this.#parts;
    const names = (await namesIn(layout.ingests)).filter((name) => layout.isTemporary(name));
    const paths = names.map((name) => join(layout.ingests, name));
    for (const folder of [layout.models, layout.blobs, layout.quarantine, layout.refs, layout.records])
      paths.push(...(await leftovers(layout, folder)));
    for (const folder of [layout.root, layout.leases]) paths.push(...(await besideLocks(folder)));
    for (const path of paths) {
      throwIfCancelled(this.#signal);
      const status = await fileStatus(path);
      if (status === undefined || !(await this.#isOld(path, DAY_MS))) continue;
      try {
        await guarded('removed', path, () => rm(path, { force: true }));
        this.#freed += status.nlink === 1n ? Number(status.size) : 0;
        this.#counts.temporary++;
      } catch (error) {
        this.#postpone(error);
      }
    }
  }

  /** Collects folders of models by name, so that the folder of a damaged reference stays. */
  async #models(held: HeldLock, trash: Trash): Promise<void> {
    const { layout } = this.#parts;
    const references = new Set(await namesIn(layout.refs));
    for (const name of await namesIn(layout.models)) {
      throwIfCancelled(this.#signal);
      const folder = join(layout.models, name);
      if (layout.isTemporary(name) || references.has(`${name}.json`)) continue;
      if (!(await this.#isOld(folder, this.#graceMs))) continue;
      try {
        if (await takeFolder(layout, name, trash, () => held.step('collect'))) this.#counts.temporary++;
        else this.#foreign.add(folder);
      } catch (error) {
        this.#postpone(error);
      }
    }
  }

  async #content(): Promise<Candidate[]> {
    const { layout } = this.#parts;
    const found: Candidate[] = [];
    for (const algorithm of await foldersIn(layout.blobs)) {
      for (const hex of await namesIn(join(layout.blobs, algorithm))) {
        const digest = `${algorithm}:${hex}`;
        // Files with other names are not ours.
        if (tryParseDigest(digest) !== undefined)
          found.push({ digest, path: layout.blob(digest), isDamaged: false });
      }
    }
    for (const name of await namesIn(layout.quarantine)) {
      const digest = digestOfName(name);
      if (digest !== undefined) found.push({ digest, path: layout.quarantined(digest), isDamaged: true });
    }
    return found;
  }

  /** Moves content to the trash unless it was touched within the grace. */
  async #sweep({ digest, path, isDamaged }: Candidate, held: HeldLock, trash: Trash): Promise<void> {
    throwIfCancelled(this.#signal);
    if (!(await this.#isOld(path, this.#graceMs))) return;
    const { layout } = this.#parts;
    const status = isDamaged ? await ownQuarantined(layout, digest) : await ownBlob(layout, digest);
    if (status === undefined) return this.#notProven(digest, path, isDamaged);
    try {
      await held.step('collect');
      const record = isDamaged ? layout.quarantineRecord(digest) : layout.blobRecord(digest);
      if (await trash.take(path, status, { record })) this.#counts.blobs++;
    } catch (error) {
      this.#postpone(error);
    }
  }

  async #notProven(digest: string, path: string, isDamaged: boolean): Promise<void> {
    const { layout } = this.#parts;
    const status = isDamaged ? undefined : await fileStatus(path);
    if (status !== undefined && (await isMaybeOwnBlob(layout, digest, status))) this.#unproven.add(digest);
    this.#foreign.add(path);
  }

  /**
   * Hashes content whose record is of another file, as in a copy of the whole store. This takes long, so it runs without
   * the store's lock.
   * @returns true if some of it is ours.
   */
  async proveMore(): Promise<boolean> {
    const { blobs, layout } = this.#parts;
    let hasMore = false;
    for (const digest of this.#unproven) {
      const size = await blobs.size(digest);
      if (size === undefined || !(await blobs.has({ mediaType: '', digest, size }, this.#signal))) continue;
      this.#foreign.delete(layout.blob(digest));
      hasMore = true;
    }
    return hasMore;
  }

  /** Leaves a file for the next collection: on Windows a file cannot be removed while a program has it open. */
  #postpone(error: unknown): void {
    if (!isModelError(error, 'store-error')) throw error;
    this.#parts.log.warn(`${error.message} It is tried again another day.`);
  }

  /** Tells whether a file's content, name and number of links are older than the grace. */
  async #isOld(path: string, graceMs: number): Promise<boolean> {
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    return status !== undefined && this.#now - Math.max(status.mtimeMs, status.ctimeMs) > graceMs;
  }
}

/** Finds what killed processes left beside the locks in a folder. */
async function besideLocks(folder: string): Promise<string[]> {
  const paths = (await namesIn(folder)).filter(isBesideLock).map((name) => join(folder, name));
  const areOurs = await Promise.all(paths.map(isLockFile));
  return paths.filter((_, index) => areOurs[index]);
}

/** Content that may be garbage. */
interface Candidate {
  readonly digest: string;
  readonly path: string;
  readonly isDamaged: boolean;
}
