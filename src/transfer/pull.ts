/** Pulls a model: from its name to verified files in the store. */
import {
  decideByHeaders,
  MAX_CONFIG_BYTES,
  type ModelArtifact,
  readArtifactInSlices,
  weightsOf,
} from '../artifact/index.ts';
import { freeBytes } from '../base/diskSpace.ts';
import { isModelError, ModelError, throwIfCancelled } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { type Log, silentLog } from '../base/log.ts';
import { kindOfFile, readGgufSummary } from '../gguf/index.ts';
import {
  type Descriptor,
  familiarReference,
  type ImageManifest,
  type Reference,
  type RegistryClient,
  type ResolvedManifest,
} from '../oci/index.ts';
import type { ModelStore, StoredLayer, StoredReference, UnpackedLayer } from '../store/index.ts';
import { fileKind } from './fileKind.ts';
import { requireGguf } from './magic.ts';
import { type BlobMover, DEFAULT_LIMITS, type LineLimits, LocalMover } from './mover.ts';
import { ProgressMeter, type PullProgress } from './progress.ts';
import { requireSpace } from './requiredRoom.ts';
import { archivesOf, blobsOf, placeMembers, withUnpacked } from './unpack/place.ts';
import type { ArchiveRequest } from './unpack/request.ts';

/** Bytes of the smallest content that is searched for in other programs. */
const MIN_ADOPTED = 1024 * 1024;
/** Milliseconds between reports while nothing arrives. */
const TICK_MS = 1_000;

/** Looks for content on this machine, so that it need not be downloaded. */
export interface LocalContent {
  /** Begins a search for all content of one pull. */
  search(): {
    /**
     * Adopts content that another program keeps into the store.
     * @returns that program, or undefined if none has the content.
     * @throws ModelError `cancelled`.
     */
    adopt(
      store: ModelStore,
      wanted: Descriptor,
      options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (bytes: number) => void },
    ): Promise<{ readonly tool: string } | undefined>;
  };
}

/** Options of a pull. */
export interface PullOptions {
  readonly registry: RegistryClient;
  readonly store: ModelStore;
  /** Cancels the pull; bytes on disk stay there, and the next pull resumes from them. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Milliseconds, of any origin. Defaults to the machine's monotonic clock. */
  readonly now?: (() => number) | undefined;
  readonly log?: Log | undefined;
  /** Returns the bytes that may be written on the disk of a folder. Defaults to asking the file system. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
  /** Milliseconds before a failed download is retried, doubled after each failure. Defaults to 500. */
  readonly retryBaseMs?: number | undefined;
  /** Downloads the blobs. Defaults to this thread. */
  readonly mover?: BlobMover | undefined;
  /** Connections and speed of all downloads that share the mover. Defaults to {@link DEFAULT_LIMITS}. */
  readonly limits?: LineLimits | undefined;
  /** Searched before anything is downloaded. Defaults to no search. */
  readonly localContent?: LocalContent | undefined;
}

/** A model that is in the store. */
export interface PullResult {
  /** Its name in the store, as it was requested. */
  readonly reference: Reference;
  readonly manifestDigest: string;
  readonly artifact: ModelArtifact;
  /** True if the store already had this name with this content, so that nothing was changed. */
  readonly alreadyPresent: boolean;
  /** Bytes that arrived over the network. */
  readonly fetchedBytes: number;
  /** Other programs on this machine from which content was adopted. */
  readonly tools: readonly string[];
  /** Bytes of the model: its config and all layers. */
  readonly totalBytes: number;
  /** Milliseconds. */
  readonly durationMs: number;
}

function sum(descriptors: readonly Descriptor[]): number {
  return descriptors.reduce((bytes, { size }) => bytes + size, 0);
}

/** The content to pull. */
interface Plan {
  readonly resolved: ResolvedManifest;
  readonly config: Buffer | undefined;
  readonly artifact: ModelArtifact;
  /** Content that is kept as it is. */
  readonly blobs: readonly Descriptor[];
  /** Layers of which only the files are kept. */
  readonly archives: readonly ArchiveRequest[];
}

class Pull {
  readonly #reference: Reference;
  readonly #options: PullOptions;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #meter: ProgressMeter;
  readonly #tools = new Set<string>();
  /** Bytes of blobs that arrived over the network. */
  #movedBytes = 0;
  #totalBytes = 0;

  constructor(reference: Reference, options: PullOptions) {
    this.#reference = reference;
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#now = options.now ?? (() => performance.now());
    this.#meter = new ProgressMeter(options.onProgress, this.#now);
  }

  async run(): Promise<PullResult> {
    const { registry, signal } = this.#options;
    const started = this.#now();
    this.#meter.enter('resolving');
    // A model without a name in the store will most likely be downloaded.
    if ((await this.#options.store.getReference(this.#reference)) === undefined)
      this.#options.mover?.warm?.();
    const resolved = await registry.resolve(this.#reference, { signal });
    const config = await this.#readConfig(resolved);
    const { manifest } = resolved;
    const artifact = await this.#readArtifact(manifest, config);
    const blobs = blobsOf(manifest, artifact);
    const archives = archivesOf(manifest, artifact);
    this.#totalBytes = sum([...blobs, ...archives.map(({ descriptor }) => descriptor)]);
    const stored = (await this.#missing(blobs)).length === 0 ? await this.#stored(resolved) : undefined;
    if (stored !== undefined) this.#meter.expect(this.#totalBytes, this.#totalBytes);
    const unpacked =
      stored === undefined
        ? await this.#add({ resolved, config, artifact, blobs, archives })
        : stored.unpacked;
    this.#meter.enter('done');
    return {
      reference: this.#reference,
      manifestDigest: resolved.descriptor.digest,
      artifact: await this.#withUnpacked(artifact, unpacked ?? []),
      alreadyPresent: stored !== undefined,
      fetchedBytes: this.#meter.fetchedBytes,
      tools: [...this.#tools],
      totalBytes: this.#totalBytes,
      durationMs: this.#now() - started,
    };
  }

  /** Reads the artifact. If only headers tell which of several GGUFs is the model, it fetches their beginnings. */
  #readArtifact(manifest: ImageManifest, config: Buffer | undefined): Promise<ModelArtifact> {
    const { registry, store, signal } = this.#options;
    const reference = this.#reference;
    const descriptors = new Map(manifest.layers.map((layer) => [layer.digest, layer]));
    return decideByHeaders(
      (headers) => readArtifactInSlices(manifest, config, { registry: reference.registry, headers }),
      async (digest) => {
        const descriptor = descriptors.get(digest);
        return descriptor && fileKind(descriptor, { store, registry, reference, signal });
      },
    );
  }

  #withUnpacked(artifact: ModelArtifact, unpacked: readonly StoredLayer[]): Promise<ModelArtifact> {
    const { store } = this.#options;
    return withUnpacked(artifact, unpacked, (digest) => kindOfFile(store.blobPath(digest)));
  }

  /**
   * Downloads missing content and commits the model. A lease keeps existing content meanwhile.
   * @returns the unpacked layers.
   */
  async #add(plan: Plan): Promise<readonly StoredLayer[]> {
    const { store, signal } = this.#options;
    const archives = plan.archives.map(({ descriptor }) => descriptor);
    const digests = [plan.resolved.descriptor, ...plan.blobs, ...archives].map(({ digest }) => digest);
    const lease = await store.lease(digests, signal === undefined ? {} : { signal });
    let members: readonly string[] = [];
    try {
      const missing = await this.#missing(plan.blobs);
      this.#meter.expect(this.#totalBytes, sum(plan.blobs) - sum(missing));
      const layers = await this.#bring(plan, missing);
      members = layers.flatMap((layer) => layer.members.map(({ digest }) => digest));
      await lease.add(members);
      const unpacked = placeMembers(plan.artifact, layers);
      const artifact = await this.#withUnpacked(plan.artifact, unpacked);
      await this.#check(artifact);
      await this.#commit(plan.resolved, artifact, unpacked);
      return unpacked;
    } finally {
      await lease.release();
      // Files that a layer above hides or that belong to no model, and all files if this is not a model.
      if (members.length > 0) await store.discardUnneeded(members);
    }
  }

  /** Reads the config blob, from the store if possible, before anything is downloaded. */
  async #readConfig(resolved: ResolvedManifest): Promise<Buffer | undefined> {
    const { registry, store, signal } = this.#options;
    const { config } = resolved.manifest;
    if (config === undefined) return undefined;
    if (await store.hasBlob(config)) {
      try {
        return await store.readBlob(config, MAX_CONFIG_BYTES);
      } catch (error) {
        if (!isModelError(error, 'digest-mismatch')) throw error;
        this.#log.warn(`${error.message} Fetching it again.`);
        await store.removeBlob(config.digest);
      }
    }
    const bytes = await registry.readBlob(this.#reference, config, { maxBytes: MAX_CONFIG_BYTES, signal });
    this.#meter.received(bytes.length);
    return bytes;
  }

  async #missing(content: readonly Descriptor[]): Promise<Descriptor[]> {
    const missing: Descriptor[] = [];
    for (const descriptor of content) {
      if (!(await this.#options.store.hasBlob(descriptor))) missing.push(descriptor);
    }
    return missing;
  }

  /** Returns the stored reference if the whole model is present, with all content and names. */
  async #stored({ descriptor }: ResolvedManifest): Promise<StoredReference | undefined> {
    const { store } = this.#options;
    const stored = await store.getReference(this.#reference);
    if (stored?.manifest.digest !== descriptor.digest) return undefined;
    // Archives are not kept, but the files that were unpacked from them are.
    const members = (stored.unpacked ?? []).flatMap(({ members }) => members);
    const content = [descriptor, ...members.map((member) => ({ mediaType: '', ...member }))];
    if ((await this.#missing(content)).length > 0) return undefined;
    // If names in models/ were removed by hand, a commit restores them.
    return (await store.hasModelFiles(this.#reference)) ? stored : undefined;
  }

  /** Downloads missing content concurrently, and writes the config last. @returns the unpacked layers. */
  async #bring(
    { resolved, config, archives }: Plan,
    missing: readonly Descriptor[],
  ): Promise<readonly UnpackedLayer[]> {
    const { store } = this.#options;
    const configDigest = resolved.manifest.config?.digest;
    const layers = missing.filter(({ digest }) => digest !== configDigest);
    this.#meter.enter('downloading');
    const ticking = setInterval(() => this.#meter.tick(), TICK_MS);
    let unpacked: readonly UnpackedLayer[] = [];
    try {
      const rest = await this.#adopt(layers);
      await this.#requireRoom(rest, archives);
      unpacked = await this.#move(rest, archives, sum(layers) - sum(rest));
      const kept = missing.find(({ digest }) => digest === configDigest);
      if (kept !== undefined && config !== undefined) await store.writeBlob(kept, config);
    } finally {
      clearInterval(ticking);
    }
    const archived = archives.reduce((bytes, { descriptor }) => bytes + descriptor.size, 0);
    this.#meter.moved(sum(missing) + archived, this.#movedBytes);
    return unpacked;
  }

  /** Adopts content of other programs on this machine. @returns the layers that none of them has. */
  async #adopt(layers: readonly Descriptor[]): Promise<Descriptor[]> {
    const { store, localContent, signal } = this.#options;
    if (localContent === undefined) return [...layers];
    const search = localContent.search();
    const rest: Descriptor[] = [];
    let adoptedBytes = 0;
    for (const layer of layers) {
      const onProgress = (bytes: number): void => this.#meter.moved(adoptedBytes + bytes, 0);
      // Fetching a small file is faster than searching for it.
      const adopted =
        layer.size < MIN_ADOPTED ? undefined : await search.adopt(store, layer, { signal, onProgress });
      if (adopted === undefined) rest.push(layer);
      else {
        adoptedBytes += layer.size;
        this.#tools.add(adopted.tool);
        this.#meter.moved(adoptedBytes, 0);
      }
    }
    return rest;
  }

  /** @param adoptedBytes bytes of layers that were adopted and need not be downloaded. */
  async #move(
    blobs: readonly Descriptor[],
    archives: readonly ArchiveRequest[],
    adoptedBytes: number,
  ): Promise<readonly UnpackedLayer[]> {
    const { store, signal, limits = DEFAULT_LIMITS } = this.#options;
    if (blobs.length + archives.length === 0) return [];
    const { unpacked } = await this.#mover().move({
      root: store.root,
      reference: this.#reference,
      blobs,
      archives,
      limits,
      signal,
      onProgress: ({ done, fetchedBytes }) => {
        this.#movedBytes = fetchedBytes;
        const bytes = [...done.values()].reduce((all, one) => all + one, adoptedBytes);
        this.#meter.moved(bytes, fetchedBytes);
      },
    });
    return unpacked;
  }

  #mover(): BlobMover {
    const { mover, registry, retryBaseMs } = this.#options;
    return mover ?? new LocalMover({ registry, log: this.#log, now: this.#now, retryBaseMs });
  }

  /**
   * Checks the disk space before the first byte. Bytes of an earlier try need no further space. The unpacked size of an
   * archive is unknown until its members arrive, each of which is checked then; it is seldom less than the archive.
   */
  async #requireRoom(blobs: readonly Descriptor[], archives: readonly ArchiveRequest[]): Promise<void> {
    const { store } = this.#options;
    throwIfCancelled(this.#options.signal);
    let needed = sum(blobs);
    for (const { descriptor, wants } of archives) {
      if (wants === 'all' && !(await store.isUnpacked(descriptor.digest))) needed += descriptor.size;
    }
    const partial = [...blobs, ...archives.map(({ descriptor }) => descriptor)];
    for (const { digest } of partial) needed -= await store.partialBytes(digest);
    if (needed <= 0) return;
    requireSpace(needed, await (this.#options.freeBytes ?? freeBytes)(store.root), store.root);
  }

  /** Checks every GGUF that would be run. An invalid one is removed before anything lists it. */
  async #check(artifact: ModelArtifact): Promise<void> {
    const { store, signal } = this.#options;
    this.#meter.enter('verifying');
    if (artifact.format !== 'gguf') return;
    for (const [index, { path: name, digest }] of weightsOf(artifact).entries()) {
      throwIfCancelled(signal);
      const path = store.blobPath(digest);
      try {
        // The first file has the metadata; the other shards only have tensors.
        if (index === 0) await readGgufSummary(path);
        else await requireGguf(path);
      } catch (error) {
        if (!isModelError(error, 'gguf-invalid')) throw error;
        this.#log.warn(error.message);
        await this.#dropUnused(digest);
        const message = t(
          '{0} was not added, because its file {1} is not a GGUF model that can run. Choose another tag, or tell the publisher.',
          familiarReference(this.#reference),
          name,
        );
        throw new ModelError('gguf-invalid', message, { cause: error });
      }
    }
  }

  async #dropUnused(digest: string): Promise<void> {
    const references = await this.#options.store.references();
    if (references.some(({ files }) => files.some((file) => file.digest === digest))) return;
    await this.#options.store.removeBlob(digest);
  }

  async #commit(
    resolved: ResolvedManifest,
    artifact: ModelArtifact,
    unpacked: readonly StoredLayer[],
  ): Promise<void> {
    throwIfCancelled(this.#options.signal);
    await this.#options.store.commitModel({
      reference: this.#reference,
      manifest: resolved.descriptor,
      manifestBytes: resolved.bytes,
      files: artifact.files.map(({ path, digest }) => ({ name: path, digest })),
      ...(unpacked.length === 0 ? {} : { unpacked }),
    });
  }
}

/**
 * Pulls a model into the store. Nothing is fetched twice: if the store has this name with this content, nothing happens;
 * if it has the content under another name, only the name is added; and a download that stopped is resumed.
 * @throws ModelError as the registry client and the store do, and `unsupported-artifact`, `gguf-invalid`, `disk-full`,
 * `digest-mismatch`, `cancelled`. After an error the store lists nothing new.
 */
export async function pullModel(reference: Reference, options: PullOptions): Promise<PullResult> {
  return new Pull(reference, options).run();
}
