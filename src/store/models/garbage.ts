/**
 * Garbage collection: takes away what nothing needs any more, of what this store made (see records.ts).
 *
 *   blobs, quarantine   that no reference, no lease and no tool's entry in index.json needs, and nobody touched for a day
 *   models/             the names of models without a reference, after a day
 *   unpacked/           records of layers whose files are not all there any more
 *   ingest/tmp-*        what killed processes of this store left, after a day
 *   ingest/<alg>-<hex>  downloads that stopped a week ago, or whose content is in the store
 *   leases/             of processes that died
 *
 * All that decides is looked at under the store's lock, and leases are taken under it, so nothing goes that a
 * pull of another process counts on. The day's grace is for older versions of this extension, which know no leases.
 * Times of the future count as now.
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
import { fileStatus } from '../disk/ownFiles.ts';
import { changeWithTrash } from './change.ts';
import { leftovers, takeFolder } from './models.ts';
import { keptDigests } from './needed.ts';
import { ingestDigests, isComplete, removePartial, touchedAt } from './partials.ts';
import type { StoreParts } from './storeParts.ts';

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
  await collection.temporary();
  await collection.content(options.waitMs);
  if (await collection.proveMore()) await collection.content(options.waitMs);
  await collection.ingests();
  await removeOldRecords(parts, options);
  collection.tellForeign();
  return collection.report;
}

/** Records of layers that say nothing any more. They are small, and whoever finds none unpacks the layer again. */
async function removeOldRecords(parts: StoreParts, options: GarbageOptions): Promise<void> {
  const { layout, blobs, leases } = parts;
  const old: string[] = [];
  for (const name of await namesIn(layout.unpackedLayers)) {
    throwIfCancelled(options.signal);
    const digest = digestOfName(name.replace(/\.json$/, ''));
    // A link or folder there is of somebody else, and in the way of nothing.
    if (digest === undefined || (await fileStatus(layout.unpacked(digest))) === undefined) continue;
    if (!(await isRecord(layout, digest))) continue;
    if ((await readUnpacked(layout, blobs, digest)) === undefined) old.push(digest);
  }
  if (old.length === 0) return;
  const remove = async (held: HeldLock): Promise<void> => {
    // A running pull writes the record before the files are there, and has had its lease before that.
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
  /** What nothing needs and nothing proves to be ours. */
  readonly #foreign = new Set<string>();
  /** Content that may turn out to be ours when it is read. */
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

  /** Says once what stays, and why. */
  tellForeign(): void {
    const [first] = this.#foreign;
    if (first === undefined) return;
    this.#parts.log.info(
      `${this.#foreign.size} files or folders in the model store are left alone, because no record says that OCI Models made them, such as ${first}.`,
    );
  }

  /** Models and content. */
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
    // What was read of manifests is not read again by the next process.
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
    return this.#now - (await touchedAt(this.#parts, digest)) > PARTIAL_MS;
  }

  /**
   * Leftovers have names that nobody makes a second time, so the store's lock is not needed; but who works on one
   * now may do so without a lock too, so the time of grace is always a day.
   */
  async temporary(): Promise<void> {
    const { layout } = this.#parts;
    const names = (await namesIn(layout.ingests)).filter((name) => layout.isTemporary(name));
    const paths = names.map((name) => join(layout.ingests, name));
    for (const folder of [layout.models, layout.blobs, layout.quarantine, layout.refs, layout.records])
      paths.push(...(await leftovers(layout, folder)));
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

  /** Names and not contents decide: the folder of a damaged reference stays. */
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
        // Other names are not ours.
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

  /** Takes content away that nobody touched in the time of grace. */
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
   * Reads content of which the record is of another file, as after a copy of the whole store. Takes long, so it is done
   * without the store's lock.
   * @returns whether some of it is ours.
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

  /** On Windows a file cannot be removed while a program has it open; the next collection takes it. */
  #postpone(error: unknown): void {
    if (!isModelError(error, 'store-error')) throw error;
    this.#parts.log.warn(`${error.message} It is tried again another day.`);
  }

  /** Tells whether a file got its content, name or number of links longer ago than that. */
  async #isOld(path: string, graceMs: number): Promise<boolean> {
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    return status !== undefined && this.#now - Math.max(status.mtimeMs, status.ctimeMs) > graceMs;
  }
}

/** Content that may be garbage. */
interface Candidate {
  readonly digest: string;
  readonly path: string;
  readonly isDamaged: boolean;
}
