/**
 * The store of models on disk: see layout.ts for where things lie, and lock.ts for how several processes
 * share it. Content comes in through {@link ModelStore.openIngest} and {@link ModelStore.writeBlob}, becomes
 * a model with {@link ModelStore.commitModel}, and goes with {@link ModelStore.deleteReference}.
 */
import { join } from 'node:path';
import { ModelError } from '../base/error.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import {
  type AdoptedFile,
  type AdoptionWay,
  type AdoptOptions,
  adoptBlob,
  adoptFile,
  canBeLinked,
} from './content/adoption.ts';
import { Blobs } from './content/blobs.ts';
import type { OnStep } from './content/heldLock.ts';
import type { ContentPlace, Ingest } from './content/ingest.ts';
import type { IngestState } from './content/ingestState.ts';
import { keepReserve, withReserve } from './content/reserve.ts';
import { ContentStore, type OpenIngestOptions } from './contentStore.ts';
import { tellRefusals } from './disk/capabilities.ts';
import { foldersIn, namesIn } from './disk/files.ts';
import { type HashFile, hashFile } from './disk/hashFile.ts';
import { Layout } from './disk/layout.ts';
import { ChangeWatcher } from './disk/watch.ts';
import { CacheFile, type CacheKind } from './models/cacheFile.ts';
import { changeWithTrash } from './models/change.ts';
import { type CommittedModel, commitModel } from './models/commit.ts';
import { areFilesThere } from './models/foundFiles.ts';
import { collectGarbage, type GarbageOptions, type GarbageReport } from './models/garbage.ts';
import { collectGarbageDaily } from './models/housekeeping.ts';
import { ImageIndex } from './models/imageIndex.ts';
import { type Lease, Leases } from './models/leases.ts';
import { listPartials, type PartialDownload, partialBytes, removePartial } from './models/partials.ts';
import { References, type StoredReference } from './models/references.ts';
import {
  type DeletionOptions,
  type DeletionPreview,
  deleteReference,
  discardUnneeded,
  previewDeletion,
} from './models/removal.ts';
import { repairIndex } from './models/repairIndex.ts';
import { type CheckFilesOptions, checkFiles, type NamedFile, restoreFiles } from './models/restore.ts';
import { StoreLock } from './models/storeLock.ts';
import type { StoreParts } from './models/storeParts.ts';
import { type VerifyOptions, type VerifyReport, verifyModels } from './models/verify.ts';
import { prepareStore } from './version.ts';

export interface StoreOptions {
  readonly log?: Log | undefined;
  /** How whole files are hashed, such as in another thread; in this one where absent. */
  readonly hashFile?: HashFile | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Called before each step of a change that removes, replaces or publishes something. */
  readonly onStep?: OnStep | undefined;
}

/** Models on this machine. All methods may throw ModelError `store-error` and `disk-full`. */
export class ModelStore {
  readonly #layout: Layout;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #blobs: Blobs;
  readonly #content: ContentStore;
  readonly #references: References;
  readonly #leases: Leases;
  readonly #lock: StoreLock;
  readonly #parts: StoreParts;
  readonly #watcher: ChangeWatcher;
  readonly #downloadWatcher: ChangeWatcher;

  readonly #endRefusals: () => void;

  private constructor(layout: Layout, options: StoreOptions) {
    this.#layout = layout;
    this.#log = options.log ?? silentLog;
    this.#now = options.now ?? Date.now;
    const { onStep } = options;
    this.#endRefusals = tellRefusals(this.#log);
    this.#blobs = new Blobs(layout, options.hashFile, this.#log);
    this.#content = new ContentStore(layout.root, this.#now, { hashFile: options.hashFile, onStep });
    this.#references = new References(layout, this.#blobs, this.#log);
    this.#leases = new Leases(layout, this.#log, this.#now);
    this.#lock = new StoreLock(layout, { now: this.#now, onStep });
    this.#watcher = new ChangeWatcher(layout.refs, this.#log);
    this.#downloadWatcher = new ChangeWatcher(layout.ingests, this.#log);
    this.#parts = {
      layout,
      log: this.#log,
      now: this.#now,
      blobs: this.#blobs,
      hashFile: options.hashFile ?? hashFile,
      references: this.#references,
      index: new ImageIndex(layout, this.#log),
      leases: this.#leases,
      onStep,
      locked: (change, lockedOptions) => this.#lock.run(change, lockedOptions),
    };
  }

  /**
   * Opens the store in the folder `root`, which is made where it is missing. A store that may only be read
   * opens too.
   * @throws ModelError `store-error` where the folder cannot be used or a newer version wrote it;
   * {@link FolderInUseError} where other files are in it.
   */
  static async open(root: string, options: StoreOptions = {}): Promise<ModelStore> {
    const layout = new Layout(root);
    const store = new ModelStore(layout, options);
    try {
      await prepareStore(layout, store.#log);
      await repairIndex(store.#parts);
      return store;
    } catch (error) {
      store.dispose();
      throw error;
    }
  }

  /** Absolute path of the store. */
  get root(): string {
    return this.#layout.root;
  }

  /** Where the content with this digest lies, or would lie. @throws ModelError `reference-invalid`. */
  blobPath(digest: string): string {
    return this.#layout.blob(digest);
  }

  /** Where a file of a model lies under its own name. */
  modelFilePath(reference: Reference, name: string): string {
    return this.#layout.modelFile(reference, name);
  }

  /** Tells whether the content is there. What is not as it was when it was verified is hashed. @throws `cancelled`. */
  async hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    return this.#blobs.has(descriptor, signal);
  }

  /** The digests of all content, without a look at any of it. */
  async blobDigests(): Promise<Set<string>> {
    const { blobs } = this.#layout;
    const digests = new Set<string>();
    for (const algorithm of await foldersIn(blobs)) {
      for (const hex of await namesIn(join(blobs, algorithm))) digests.add(`${algorithm}:${hex}`);
    }
    return digests;
  }

  /**
   * Reads a small blob and verifies it.
   * @param maxBytes the largest size that is read, bytes.
   * @throws ModelError `not-found`, `size-mismatch` above `maxBytes`, `digest-mismatch` where it is damaged.
   */
  async readBlob(descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    return this.#blobs.read(descriptor, maxBytes);
  }

  /** Verifies and keeps a small blob. @throws ModelError `size-mismatch`, `digest-mismatch`. */
  async writeBlob(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    await this.#blobs.write(descriptor, bytes);
  }

  /** Removes a blob, whoever needs it; for content that was found to be damaged. */
  async removeBlob(digest: string): Promise<void> {
    await this.#blobs.remove(digest);
  }

  /** Takes a file of another program in as the blob of `descriptor`, verified; see adoption.ts. */
  async adoptBlob(
    descriptor: Descriptor,
    path: string,
    options?: AdoptOptions,
  ): Promise<{ way: AdoptionWay }> {
    const { hashFile, onStep } = this.#parts;
    return adoptBlob(this.#place, descriptor, path, { hashFile, onStep, ...options });
  }

  /** Takes a file of another program in as a blob, and says its digest; see adoption.ts. */
  async adoptFile(path: string, mediaType: string, options?: AdoptOptions): Promise<AdoptedFile> {
    const { hashFile, onStep } = this.#parts;
    return adoptFile(this.#place, path, mediaType, { hashFile, onStep, ...options });
  }

  /** Whether a file of another program can be taken in without room of its own. */
  async canBeLinked(path: string): Promise<boolean> {
    return canBeLinked(this.#layout, path);
  }

  /**
   * Starts or goes on with a download.
   * @throws ModelError `store-busy` when another live process downloads the same content, `cancelled`.
   */
  async openIngest(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Ingest> {
    return this.#content.openIngest(descriptor, options);
  }

  /** Whether all files that came out of a layer are there, so that it is not downloaded again. */
  async isUnpacked(digest: string): Promise<boolean> {
    return (await this.#content.unpacked(digest)) !== undefined;
  }

  /** How far the download of a blob is, whichever process does it; undefined where there is none. */
  async ingestState(digest: string): Promise<IngestState | undefined> {
    return this.#content.ingestState(digest);
  }

  /**
   * Keeps content from being removed by any process until the lease is released or this process ends, whether
   * it is there already or on its way. Whoever looks what is there and counts on it takes a lease first. The lease
   * of a layer that is an archive is one of the files that come out of it.
   * @throws ModelError `store-busy`, `cancelled`, `reference-invalid` for what is no digest.
   */
  async lease(digests: Iterable<string>, options: { signal?: AbortSignal } = {}): Promise<Lease> {
    const locked = (change: () => Promise<void>) => this.#lock.run(change, options);
    return this.#lock.run(() => this.#leases.take(digests, locked), options);
  }

  /**
   * Makes a model of blobs that are in the store: its files get their names, and at last the reference
   * points at it. What an earlier version of the reference had, and nothing needs any more, is removed, and so
   * is the damaged content in quarantine that has a good copy now.
   * @throws ModelError `store-error` (retryable) where a blob of the manifest is missing, `manifest-invalid`,
   * `store-busy`.
   */
  async commitModel(model: CommittedModel): Promise<void> {
    await commitModel(this.#parts, model);
    await keepReserve(this.#layout, this.#log);
    this.#watcher.changed();
  }

  /** What is known of a reference; undefined where it is not in the store. */
  async getReference(reference: Reference): Promise<StoredReference | undefined> {
    return (await this.#references.get(reference))?.stored;
  }

  /** Whether every file of a reference has its name in `models/`. False where it is not in the store. */
  async hasModelFiles(reference: Reference): Promise<boolean> {
    const entry = await this.#references.get(reference);
    return entry !== undefined && (await areFilesThere(this.#layout, entry.stored));
  }

  /** All references by name. A damaged one is logged and left out. */
  async references(): Promise<StoredReference[]> {
    return (await this.#references.survey()).entries.map(({ stored }) => stored);
  }

  /** The files of a model under their own names, which are put back where somebody removed them; see restore.ts. */
  async restoreFiles(reference: Reference): Promise<NamedFile[]> {
    return restoreFiles(this.#parts, reference);
  }

  /**
   * Looks before a model is used whether its files are what was verified; see restore.ts.
   * @throws ModelError `digest-mismatch` if one has other content, `not-found`, `cancelled`.
   */
  async checkFiles(reference: Reference, options?: CheckFilesOptions): Promise<void> {
    await checkFiles(this.#parts, reference, options);
  }

  /** Removes those of `digests` that no reference and no lease needs. @throws ModelError `store-busy`. */
  async discardUnneeded(digests: Iterable<string>): Promise<void> {
    const content = [...new Set(digests)].map((digest) => ({ digest, size: 0 }));
    await changeWithTrash(this.#parts, async (held, trash) => {
      const survey = await this.#references.underLock();
      await discardUnneeded(this.#parts, { content, survey, held, trash });
    });
  }

  /** What {@link deleteReference} would free now. @throws ModelError `not-found`. */
  async deletionPreview(reference: Reference): Promise<DeletionPreview> {
    return previewDeletion(this.#parts, reference);
  }

  /**
   * Removes a reference, the names of its files and all content that no other reference and no lease needs.
   * @returns the bytes that the disk got back.
   * @throws ModelError `not-found`, `store-busy`, `store-error` where a file is in use (Windows).
   */
  async deleteReference(reference: Reference, options?: DeletionOptions): Promise<{ freedBytes: number }> {
    const freedBytes = await this.#removal(() => deleteReference(this.#parts, reference, options));
    this.#watcher.changed();
    return { freedBytes };
  }

  /**
   * Reads the content of one model, or of all, and compares it with its digests. What is damaged is moved to
   * `quarantine/`, and the models that need it are listed as damaged until they are pulled again.
   * @throws ModelError `not-found`, `cancelled`, `store-busy`, `store-error` where a file is in use (Windows).
   */
  async verify(reference?: Reference, options: VerifyOptions = {}): Promise<VerifyReport> {
    const { entries } = await this.#references.survey();
    const id = reference === undefined ? undefined : formatReference(reference);
    const chosen = id === undefined ? entries : entries.filter((entry) => entry.id === id);
    if (id !== undefined && chosen.length === 0) {
      throw new ModelError('not-found', `${id} is not in the model store. Pull it first.`);
    }
    const report = await verifyModels(this.#parts, chosen, options);
    if (report.damaged.length + report.repairedFiles > 0) this.#watcher.changed();
    return report;
  }

  /**
   * Removes what nothing needs any more; see garbage.ts. Safe while other processes pull.
   * @throws ModelError `store-busy`, `cancelled`.
   */
  async collectGarbage(options: GarbageOptions = {}): Promise<GarbageReport> {
    return this.#removal(() => collectGarbage(this.#parts, options));
  }

  /**
   * {@link collectGarbage} where no process did so in the last day, and nobody changes the store now.
   * @returns undefined where it was not time. @throws ModelError `store-busy`, `cancelled`.
   */
  async collectGarbageDaily(signal?: AbortSignal): Promise<GarbageReport | undefined> {
    return collectGarbageDaily(this.#parts, signal);
  }

  /** Downloads that are not finished, the latest first. They are kept for a week. */
  async partialDownloads(): Promise<PartialDownload[]> {
    return listPartials(this.#parts);
  }

  /** Bytes that are there of a download; 0 where there is none. @throws ModelError `reference-invalid`. */
  async partialBytes(digest: string): Promise<number> {
    return partialBytes(this.#parts, digest);
  }

  /**
   * Removes what is there of a download.
   * @returns the bytes that the disk got back; 0 where there was nothing.
   * @throws ModelError `store-busy` while it runs, `reference-invalid`.
   */
  async removePartial(digest: string): Promise<number> {
    const freed = await this.#removal(() => removePartial(this.#parts, digest));
    this.#downloadWatcher.changed();
    return freed;
  }

  /** A file beside the store for what was derived from it; see cacheFile.ts. */
  cache<T>(kind: CacheKind<T>): CacheFile<T> {
    return new CacheFile(this.#layout, kind, this.#log);
  }

  /** Runs `work` while no process changes the references. @throws ModelError `store-busy`, `cancelled`. */
  async hold<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#lock.run(work, { signal });
  }

  /** Calls back after changes of references, by this process or another; returns what ends that. */
  onDidChange(listener: () => void): () => void {
    return this.#watcher.add(listener);
  }

  /** Calls back when a download starts, ends or is removed, in this process or another. */
  onDidChangeDownloads(listener: () => void): () => void {
    return this.#downloadWatcher.add(listener);
  }

  /** Ends all calls of listeners. Downloads that are open stay open. */
  dispose(): void {
    this.#watcher.dispose();
    this.#downloadWatcher.dispose();
    this.#endRefusals();
  }

  /** On a full disk too. */
  #removal<T>(removal: () => Promise<T>): Promise<T> {
    return withReserve(this.#layout, this.#log, removal);
  }

  get #place(): ContentPlace {
    return { layout: this.#layout, blobs: this.#blobs };
  }
}
