/**
 * The store of models on disk. layout.ts lists its files, and lock.ts explains how processes share it. Content enters
 * through {@link ModelStore.openIngest} and {@link ModelStore.writeBlob}, becomes a model with
 * {@link ModelStore.commitModel}, and is removed with {@link ModelStore.deleteReference}.
 */
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
import { Blobs, blobDigests } from './content/blobs.ts';
import type { OnStep } from './content/heldLock.ts';
import type { ContentPlace, Ingest } from './content/ingest.ts';
import type { IngestState } from './content/ingestState.ts';
import { keepReserve, withReserve } from './content/reserve.ts';
import { ContentStore, type OpenIngestOptions } from './contentStore.ts';
import { tellRefusals } from './disk/capabilities.ts';
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
  previewDeletions,
} from './models/removal.ts';
import { repairIndex } from './models/repairIndex.ts';
import {
  type CheckFilesOptions,
  checkFiles,
  type NamedFile,
  notStoredError,
  restoreFiles,
} from './models/restore.ts';
import { StoreLock } from './models/storeLock.ts';
import type { StoreParts } from './models/storeParts.ts';
import { type VerifyOptions, type VerifyReport, verifyModels } from './models/verify.ts';
import { prepareStore } from './version.ts';

export interface StoreOptions {
  readonly log?: Log | undefined;
  /** Hashes whole files. Defaults to hashing in this thread. */
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
   * Opens the store in the folder `root`, and creates it if it is missing. A read-only store opens too.
   * @throws ModelError `store-error` if the folder cannot be used or a newer version wrote it; {@link FolderInUseError}
   * if it contains other files.
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

  /** Returns the path of the content with this digest, present or not. @throws ModelError `reference-invalid`. */
  blobPath(digest: string): string {
    return this.#layout.blob(digest);
  }

  /** Returns the path of a model's file under its own name. */
  modelFilePath(reference: Reference, name: string): string {
    return this.#layout.modelFile(reference, name);
  }

  /** Tells whether the content is present. A file that changed since it was verified is hashed. @throws `cancelled`. */
  async hasBlob(descriptor: Descriptor, signal?: AbortSignal): Promise<boolean> {
    return this.#blobs.has(descriptor, signal);
  }

  /** Lists the digests of all content without checking it. */
  async blobDigests(): Promise<Set<string>> {
    return blobDigests(this.#layout);
  }

  /**
   * Reads a small blob and verifies it.
   * @param maxBytes the largest size that is read, bytes.
   * @throws ModelError `not-found`, `size-mismatch` above `maxBytes`, `digest-mismatch` if it is damaged.
   */
  async readBlob(descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    return this.#blobs.read(descriptor, maxBytes);
  }

  /** Verifies and keeps a small blob. @throws ModelError `size-mismatch`, `digest-mismatch`. */
  async writeBlob(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    await this.#blobs.write(descriptor, bytes);
  }

  /** Removes a blob that was found to be damaged, even if it is needed. */
  async removeBlob(digest: string): Promise<void> {
    await this.#blobs.remove(digest);
  }

  /** Adopts a file of another program as the blob of `descriptor`, after verification; see adoption.ts. */
  async adoptBlob(
    descriptor: Descriptor,
    path: string,
    options?: AdoptOptions,
  ): Promise<{ way: AdoptionWay }> {
    const { hashFile, onStep } = this.#parts;
    return adoptBlob(this.#place, descriptor, path, { hashFile, onStep, ...options });
  }

  /** Adopts a file of another program as a blob, and returns its digest; see adoption.ts. */
  async adoptFile(path: string, mediaType: string, options?: AdoptOptions): Promise<AdoptedFile> {
    const { hashFile, onStep } = this.#parts;
    return adoptFile(this.#place, path, mediaType, { hashFile, onStep, ...options });
  }

  /** Tells whether a file of another program can be adopted without extra disk space. */
  async canBeLinked(path: string): Promise<boolean> {
    return canBeLinked(this.#layout, path);
  }

  /**
   * Starts or resumes a download.
   * @throws ModelError `store-busy` if another live process is downloading the same content, `cancelled`.
   */
  async openIngest(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Ingest> {
    return this.#content.openIngest(descriptor, options);
  }

  /** Tells whether all files of an unpacked layer are present, so that it need not be downloaded again. */
  async isUnpacked(digest: string): Promise<boolean> {
    return (await this.#content.unpacked(digest)) !== undefined;
  }

  /** Returns the state of a download in any process, or undefined if there is none. */
  async ingestState(digest: string): Promise<IngestState | undefined> {
    return this.#content.ingestState(digest);
  }

  /**
   * Keeps content, present or yet to arrive, from being removed by any process until the lease is released or this
   * process ends. A caller who checks that content is present, and counts on it, takes a lease first. The lease of a
   * layer that is an archive covers the files that are unpacked from it.
   * @throws ModelError `store-busy`, `cancelled`, `reference-invalid` for an invalid digest.
   */
  async lease(digests: Iterable<string>, options: { signal?: AbortSignal } = {}): Promise<Lease> {
    const locked = (change: () => Promise<void>) => this.#lock.run(change, options);
    return this.#lock.run(() => this.#leases.take(digests, locked), options);
  }

  /**
   * Commits a model whose blobs are in the store: its files get their names, and finally the reference points to it.
   * Content of the reference's earlier version that nothing else needs is removed, and so is quarantined content that
   * has a good copy now.
   * @throws ModelError `store-error` (retryable) if a blob of the manifest is missing, `manifest-invalid`, `store-busy`.
   */
  async commitModel(model: CommittedModel): Promise<void> {
    await commitModel(this.#parts, model);
    await keepReserve(this.#layout, this.#log);
    this.#watcher.changed();
  }

  /** Returns a reference, or undefined if it is not in the store. */
  async getReference(reference: Reference): Promise<StoredReference | undefined> {
    return (await this.#references.get(reference))?.stored;
  }

  /** Tells whether every file of a reference has its name in `models/`. False if it is not in the store. */
  async hasModelFiles(reference: Reference): Promise<boolean> {
    const entry = await this.#references.get(reference);
    return entry !== undefined && (await areFilesThere(this.#layout, entry.stored));
  }

  /** Lists all references by name. A damaged one is logged and skipped. */
  async references(): Promise<StoredReference[]> {
    return (await this.#references.survey()).entries.map(({ stored }) => stored);
  }

  /** Returns the files of a model under their own names, and restores missing names; see restore.ts. */
  async restoreFiles(reference: Reference): Promise<NamedFile[]> {
    return restoreFiles(this.#parts, reference);
  }

  /**
   * Checks, before a model is used, that its files are unchanged since they were verified; see restore.ts.
   * @throws ModelError `digest-mismatch` if a file has other content, `not-found`, `cancelled`.
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

  /** Tells how much {@link deleteReference} would free now. @throws ModelError `not-found`. */
  async deletionPreview(reference: Reference): Promise<DeletionPreview> {
    return previewDeletion(this.#parts, reference);
  }

  /** Previews the deletion of each of several models alone; undefined for one that is not stored. Cheaper than one by one. */
  async deletionPreviews(references: readonly Reference[]): Promise<(DeletionPreview | undefined)[]> {
    return previewDeletions(this.#parts, references);
  }

  /**
   * Removes a reference, the names of its files and all content that no other reference and no lease needs.
   * @returns the bytes that were freed.
   * @throws ModelError `not-found`, `store-busy`, `store-error` if a file is in use (Windows).
   */
  async deleteReference(reference: Reference, options?: DeletionOptions): Promise<{ freedBytes: number }> {
    const freedBytes = await this.#removal(() => deleteReference(this.#parts, reference, options));
    this.#watcher.changed();
    return { freedBytes };
  }

  /**
   * Verifies the content of one model, or of all. Damaged content is moved to `quarantine/`, and the models that need it
   * are listed as damaged until they are pulled again.
   * @throws ModelError `not-found`, `cancelled`, `store-busy`, `store-error` if a file is in use (Windows).
   */
  async verify(reference?: Reference, options: VerifyOptions = {}): Promise<VerifyReport> {
    const { entries } = await this.#references.survey();
    const id = reference === undefined ? undefined : formatReference(reference);
    const chosen = id === undefined ? entries : entries.filter((entry) => entry.id === id);
    if (reference !== undefined && chosen.length === 0) throw notStoredError(reference);
    const report = await verifyModels(this.#parts, chosen, options);
    if (report.damaged.length + report.repairedFiles > 0) this.#watcher.changed();
    return report;
  }

  /**
   * Removes content that nothing needs any more; see garbage.ts. Safe while other processes pull.
   * @throws ModelError `store-busy`, `cancelled`.
   */
  async collectGarbage(options: GarbageOptions = {}): Promise<GarbageReport> {
    return this.#removal(() => collectGarbage(this.#parts, options));
  }

  /**
   * Collects garbage if no process did so within a day and none is changing the store now.
   * @returns undefined if it was not due. @throws ModelError `store-busy`, `cancelled`.
   */
  async collectGarbageDaily(signal?: AbortSignal): Promise<GarbageReport | undefined> {
    return collectGarbageDaily(this.#parts, signal);
  }

  /** Lists unfinished downloads, the latest first. They are kept for a week. */
  async partialDownloads(): Promise<PartialDownload[]> {
    return listPartials(this.#parts);
  }

  /** Returns the bytes that were downloaded; 0 if there is no download. @throws ModelError `reference-invalid`. */
  async partialBytes(digest: string): Promise<number> {
    return partialBytes(this.#parts, digest);
  }

  /**
   * Removes an unfinished download, if there is one.
   * @returns the bytes that were freed.
   * @throws ModelError `store-busy` while it is running, `reference-invalid`.
   */
  async removePartial(digest: string): Promise<number> {
    const freed = await this.#removal(() => removePartial(this.#parts, digest));
    this.#downloadWatcher.changed();
    return freed;
  }

  /** Opens a file in the store for data that is derived from it; see cacheFile.ts. */
  cache<T>(kind: CacheKind<T>): CacheFile<T> {
    return new CacheFile(this.#layout, kind, this.#log);
  }

  /** Runs `work` while no process changes the references. @throws ModelError `store-busy`, `cancelled`. */
  async hold<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#lock.run(work, { signal });
  }

  /** Calls back after changes of references by any process. Returns a function that stops this. */
  onDidChange(listener: () => void): () => void {
    return this.#watcher.add(listener);
  }

  /** Calls back when a download starts, ends or is removed in any process. Returns a function that stops this. */
  onDidChangeDownloads(listener: () => void): () => void {
    return this.#downloadWatcher.add(listener);
  }

  /** Removes all listeners. Open downloads stay open. */
  dispose(): void {
    this.#watcher.dispose();
    this.#downloadWatcher.dispose();
    this.#endRefusals();
  }

  /** Runs a removal, even on a full disk. */
  #removal<T>(removal: () => Promise<T>): Promise<T> {
    return withReserve(this.#layout, this.#log, removal);
  }

  get #place(): ContentPlace {
    return { layout: this.#layout, blobs: this.#blobs };
  }
}
