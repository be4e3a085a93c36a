/**
 * The store of models on disk: see layout.ts for where things lie, and lock.ts for how several processes
 * share it. Content comes in through {@link ModelStore.openIngest} and {@link ModelStore.writeBlob}, becomes
 * a model with {@link ModelStore.commitModel}, and goes with {@link ModelStore.deleteReference}.
 */
import { isModelError, ModelError } from '../base/error.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { type ImageManifest, MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { Blobs } from './blobs.ts';
import { ContentStore, type OpenIngestOptions } from './contentStore.ts';
import { writeIndex } from './imageIndex.ts';
import type { Ingest } from './ingest.ts';
import type { IngestState } from './ingestState.ts';
import { Layout } from './layout.ts';
import { FileLock } from './lock.ts';
import { linkModel, pruneModel, setModelAside } from './models.ts';
import { References, type StoredFile, type StoredReference } from './references.ts';
import { prepareStore } from './version.ts';
import { ChangeWatcher } from './watch.ts';

export interface StoreOptions {
  readonly log?: Log | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** A model whose blobs are all in the store. */
export interface CommittedModel {
  readonly reference: Reference;
  readonly manifest: Descriptor;
  /** The manifest as the registry sent it. */
  readonly manifestBytes: Uint8Array;
  /** The files that get a name in `models/`; each is a layer of the manifest. */
  readonly files: readonly StoredFile[];
}

/**
 * Milliseconds to wait while another process changes references. Such a change is short, but for copies of
 * whole models on a file system without links.
 */
const LOCK_WAIT_MS = 60_000;

/** Models on this machine. All methods may throw ModelError `store-error` and `disk-full`. */
export class ModelStore {
  readonly #layout: Layout;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #blobs: Blobs;
  readonly #content: ContentStore;
  readonly #references: References;
  readonly #watcher: ChangeWatcher;

  private constructor(layout: Layout, options: StoreOptions) {
    this.#layout = layout;
    this.#log = options.log ?? silentLog;
    this.#now = options.now ?? Date.now;
    this.#blobs = new Blobs(layout);
    this.#content = new ContentStore(layout.root, this.#now);
    this.#references = new References(layout, this.#log);
    this.#watcher = new ChangeWatcher(layout.refs, this.#log);
  }

  /**
   * Opens the store in the folder `root`, which is made where it is missing.
   * @throws ModelError `store-error` where the folder cannot be used or a newer version wrote it.
   */
  static async open(root: string, options: StoreOptions = {}): Promise<ModelStore> {
    const layout = new Layout(root);
    await prepareStore(layout);
    const store = new ModelStore(layout, options);
    await store.#repairIndex();
    return store;
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

  /** Whether the content is there with the right size. It was verified when it came in. */
  async hasBlob(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.has(descriptor);
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

  /**
   * Starts or goes on with a download.
   * @throws ModelError `store-busy` when another live process downloads the same content, `cancelled`.
   */
  async openIngest(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Ingest> {
    return this.#content.openIngest(descriptor, options);
  }

  /** How far the download of a blob is, whichever process does it; undefined where there is none. */
  async ingestState(digest: string): Promise<IngestState | undefined> {
    return this.#content.ingestState(digest);
  }

  /**
   * Makes a model of blobs that are in the store: its files get their names, and at last the reference
   * points at it. What an earlier version of the reference had, and nothing needs any more, is removed.
   * @throws ModelError `store-error` (retryable) where a blob of the manifest is missing, `manifest-invalid`,
   * `store-busy`.
   */
  async commitModel(model: CommittedModel): Promise<void> {
    const { reference, manifest, files } = model;
    const image = imageOf(model.manifestBytes, manifest);
    checkFiles(files, image);
    await this.#locked(async () => {
      await this.#requireBlobs(image);
      await this.#blobs.write(manifest, model.manifestBytes);
      const before = await this.#references.get(reference);
      await linkModel(this.#layout, reference, files);
      await this.#references.put({ reference, manifest, files, pulledAt: this.#now() });
      await pruneModel(this.#layout, reference, files);
      if (before !== undefined && before.manifest.digest !== manifest.digest) {
        await this.#removeUnneeded(before);
      }
      await this.#refreshIndex();
    });
    this.#watcher.changed();
  }

  /** What is known of a reference; undefined where it is not in the store. */
  async getReference(reference: Reference): Promise<StoredReference | undefined> {
    return this.#references.get(reference);
  }

  /** All references by name. A damaged one is logged and left out. */
  async references(): Promise<StoredReference[]> {
    return this.#references.all();
  }

  /**
   * Removes a reference, the names of its files and all content that no other reference needs.
   * @returns the bytes that the disk got back.
   * @throws ModelError `not-found`, `store-busy`, `store-error` where a file is in use (Windows).
   */
  async deleteReference(reference: Reference): Promise<{ freedBytes: number }> {
    const freedBytes = await this.#locked(async () => {
      const stored = await this.#references.get(reference);
      if (stored === undefined) {
        const message = `${formatReference(reference)} is not in the model store; nothing was removed.`;
        throw new ModelError('not-found', message);
      }
      const aside = await setModelAside(this.#layout, reference);
      await this.#references.delete(reference);
      await aside.remove();
      const freed = await this.#removeUnneeded(stored);
      await this.#refreshIndex();
      return freed + aside.copiedBytes;
    });
    this.#watcher.changed();
    return { freedBytes };
  }

  /** Calls back after changes of references, by this process or another; returns what ends that. */
  onDidChange(listener: () => void): () => void {
    return this.#watcher.add(listener);
  }

  /** Ends all calls of listeners. Downloads that are open stay open. */
  dispose(): void {
    this.#watcher.dispose();
  }

  /** Makes up for a process that was killed between a reference and index.json. */
  async #repairIndex(): Promise<void> {
    try {
      await this.#locked(() => this.#refreshIndex(), 0);
    } catch (error) {
      // Whoever has the lock writes the whole index when it is done.
      if (!isModelError(error, 'store-busy')) throw error;
    }
  }

  async #locked<T>(change: () => Promise<T>, waitMs = LOCK_WAIT_MS): Promise<T> {
    const lock = await FileLock.acquire(this.#layout.lock, {
      subject: `the model store ${this.root}`,
      waitMs,
      now: this.#now,
    });
    try {
      return await change();
    } finally {
      await lock.release();
    }
  }

  async #refreshIndex(): Promise<void> {
    await writeIndex(this.#layout, await this.#references.all());
  }

  async #requireBlobs(image: ImageManifest): Promise<void> {
    for (const descriptor of contentOf(image)) {
      if (await this.#blobs.has(descriptor)) continue;
      const message = `${shortDigest(descriptor.digest)} of the model is not in the store any more. Pull again to bring what is missing.`;
      throw new ModelError('store-error', message, { retryable: true });
    }
  }

  /** Removes what `gone` had and no reference needs; returns the bytes of it. The caller has the lock. */
  async #removeUnneeded(gone: StoredReference): Promise<number> {
    const needed = await this.#neededDigests();
    if (needed === undefined) return 0;
    let freed = 0;
    for (const digest of await this.#digestsOf(gone).catch(() => ownDigests(gone))) {
      if (needed.has(digest)) continue;
      const size = await this.#blobs.size(digest);
      if (size === undefined) continue;
      await this.#blobs.remove(digest);
      freed += size;
    }
    return freed;
  }

  /** What all references need; undefined where one of them cannot be read, so that nothing may be removed. */
  async #neededDigests(): Promise<Set<string> | undefined> {
    const needed = new Set<string>();
    const { readable, damaged } = await this.#references.survey();
    if (damaged > 0) {
      this.#log.warn('No content is removed, because a reference file is damaged and may need it.');
      return undefined;
    }
    for (const stored of readable) {
      try {
        for (const digest of await this.#digestsOf(stored)) needed.add(digest);
      } catch (error) {
        const name = formatReference(stored.reference);
        this.#log.warn(
          `No content is removed, because the manifest of ${name} is unreadable: ${String(error)}`,
        );
        return undefined;
      }
    }
    return needed;
  }

  async #digestsOf(stored: StoredReference): Promise<Set<string>> {
    const bytes = await this.#blobs.read(stored.manifest, MAX_MANIFEST_BYTES);
    const content = contentOf(imageOf(bytes, stored.manifest));
    return new Set([...ownDigests(stored), ...content.map((descriptor) => descriptor.digest)]);
  }
}

function ownDigests(stored: StoredReference): Set<string> {
  return new Set([stored.manifest.digest, ...stored.files.map((file) => file.digest)]);
}

function contentOf(image: ImageManifest): Descriptor[] {
  return image.config === undefined ? [...image.layers] : [image.config, ...image.layers];
}

function imageOf(bytes: Uint8Array, descriptor: Descriptor): ImageManifest {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === 'manifest') return manifest;
  const message = 'An index of several manifests cannot be stored as a model. Pull one of its manifests.';
  throw new ModelError('manifest-invalid', message);
}

function checkFiles(files: readonly StoredFile[], image: ImageManifest): void {
  const layers = new Set(image.layers.map((layer) => layer.digest));
  const stray = files.find((file) => !layers.has(file.digest));
  if (stray === undefined) return;
  const message = `The file ${stray.name} is not a layer of the model's manifest, so the model is not stored.`;
  throw new ModelError('store-error', message);
}
