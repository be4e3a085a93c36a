/** Downloads the blobs of a model into a store concurrently, each by the first process that starts it. */
import pLimit from 'p-limit';
import { freeBytesNow } from '../base/diskSpace.ts';
import { isModelError, ModelError, throwIfCancelled } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import {
  type BlobBody,
  type Descriptor,
  formatReference,
  REQUEST_BACKOFF,
  type Reference,
  type RegistryClient,
  shortDigest,
  sleep,
  withRetry,
} from '../oci/index.ts';
import {
  type ByteRange,
  ContentStore,
  type HasherFactory,
  type Ingest,
  type UnpackedLayer,
} from '../store/index.ts';
import { Bandwidth, type Pace } from './bandwidth.ts';
import { type ConnectionLimit, transferBlob } from './blob.ts';
import { requireSpace } from './requiredRoom.ts';
import { describeLayer, findLayerBodies, mayComeInParts } from './unpack/layerBodies.ts';
import { LayerIngest } from './unpack/layerIngest.ts';
import type { ArchiveRequest } from './unpack/request.ts';

/** Milliseconds between two looks at a download of another process. */
const FOLLOW_MS = 200;

/** Tries to locate the files of an archive. */
const PROBE_TRIES = 5;

/** The limits of all downloads together. */
export interface LineLimits {
  readonly connections: number;
  /** Bytes per second; 0 for no limit. */
  readonly bytesPerSecond: number;
}

export const DEFAULT_LIMITS: LineLimits = { connections: 4, bytesPerSecond: 0 };

/** The progress of a move. */
export interface MoveProgress {
  /** Bytes of each blob that have been written, by digest. */
  readonly done: ReadonlyMap<string, number>;
  /** Bytes that arrived over the network since the move began. */
  readonly fetchedBytes: number;
}

/** The blobs to download. */
export interface MoveRequest {
  /** Folder of the store. */
  readonly root: string;
  readonly reference: Reference;
  /** Blobs to keep as they are, without duplicates. */
  readonly blobs: readonly Descriptor[];
  /** Layers of which only the files are kept, without duplicates. */
  readonly archives?: readonly ArchiveRequest[] | undefined;
  readonly limits: LineLimits;
  /** Called at every change, which may be often. */
  readonly onProgress: (progress: MoveProgress) => void;
  /** Cancels the move; bytes that arrived stay on disk. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of a move, besides blobs. */
export interface MoveOutcome {
  /** The unpacked archives, in their order. */
  readonly unpacked: readonly UnpackedLayer[];
}

/** Downloads blobs into a store. */
export interface BlobMover {
  /**
   * @throws ModelError as {@link transferBlob} and the store do. Blobs that are complete by then are in the store, and
   * the bytes of others stay on disk.
   */
  move(request: MoveRequest): Promise<MoveOutcome>;
  /** Prepares for a move that may come soon. */
  warm?(): void;
}

/** The connections and the bandwidth that all downloads of a process share. */
export class SharedLine {
  readonly bandwidth: Bandwidth;
  readonly #limit = pLimit(DEFAULT_LIMITS.connections);
  #connections = DEFAULT_LIMITS.connections;

  /** @param now milliseconds, of any origin. */
  constructor(now?: () => number) {
    this.bandwidth = new Bandwidth(now);
  }

  set limits({ connections, bytesPerSecond }: LineLimits) {
    this.#connections = Math.max(1, connections);
    this.#limit.concurrency = this.#connections;
    this.bandwidth.limit = bytesPerSecond;
  }

  get connections(): number {
    return this.#connections;
  }

  readonly run: ConnectionLimit = (task) => this.#limit(task);
}

/** Parts of a {@link LocalMover}. */
export interface LocalMoverOptions {
  readonly registry: RegistryClient;
  readonly line?: SharedLine | undefined;
  readonly hasher?: HasherFactory | undefined;
  readonly log: Log;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
  /** Milliseconds before a failed download is retried, doubled after each failure. Defaults to 500. */
  readonly retryBaseMs?: number | undefined;
  /** Returns the bytes that may be written on the disk of a folder. Defaults to asking the file system. */
  readonly freeBytesNow?: ((folder: string) => number) | undefined;
  /** Bytes of the smallest part of a blob. Defaults to 4 MiB. */
  readonly minPartBytes?: number | undefined;
}

/** Downloads blobs in this thread. */
export class LocalMover implements BlobMover {
  readonly #options: LocalMoverOptions;
  readonly #line: SharedLine;

  constructor(options: LocalMoverOptions) {
    this.#options = options;
    this.#line = options.line ?? new SharedLine(options.now);
  }

  async move(request: MoveRequest): Promise<MoveOutcome> {
    this.#line.limits = request.limits;
    const end = new AbortController();
    const signal = request.signal === undefined ? end.signal : AbortSignal.any([request.signal, end.signal]);
    const move = new Move(request, signal, this.#options, this.#line);
    // The first failure aborts the other downloads, and is the one to report.
    const ending = async <Result>(moving: Promise<Result>): Promise<Result> => {
      try {
        return await moving;
      } catch (error) {
        end.abort(error);
        throw error;
      }
    };
    const blobs = request.blobs.map((blob) => ending(move.blob(blob)));
    const archives = (request.archives ?? []).map((archive) => ending(move.archive(archive)));
    await Promise.allSettled([...blobs, ...archives]);
    throwIfCancelled(request.signal);
    end.signal.throwIfAborted();
    return { unpacked: await Promise.all(archives) };
  }
}

/** Carries out one request. */
class Move {
  readonly #request: MoveRequest;
  readonly #signal: AbortSignal;
  readonly #options: LocalMoverOptions;
  readonly #line: SharedLine;
  readonly #store: ContentStore;
  readonly #done = new Map<string, number>();
  #fetchedBytes = 0;

  constructor(request: MoveRequest, signal: AbortSignal, options: LocalMoverOptions, line: SharedLine) {
    this.#request = request;
    this.#signal = signal;
    this.#options = options;
    this.#line = line;
    this.#store = new ContentStore(request.root);
  }

  /** Downloads one blob. */
  async blob(descriptor: Descriptor): Promise<void> {
    const { hasher } = this.#options;
    const reference = formatReference(this.#request.reference);
    await this.#once(descriptor, {
      present: async () => (await this.#store.hasBlob(descriptor)) || undefined,
      open: () => this.#store.openIngest(descriptor, { signal: this.#signal, reference, hasher }),
      bring: async (ingest) => {
        await this.#transfer(descriptor, ingest, this.#line.connections, this.#line.bandwidth);
        return true;
      },
    });
  }

  /** Downloads and unpacks one archive. */
  async archive(request: ArchiveRequest): Promise<UnpackedLayer> {
    const { descriptor } = request;
    // Looked up only once, and not at all if this process or another one has recorded it.
    let found: Promise<readonly ByteRange[] | undefined> | undefined;
    const bodies = async (): Promise<readonly ByteRange[] | undefined> => {
      if (!mayComeInParts(request)) return undefined;
      const known = await this.#store.layerBodies(descriptor.digest);
      if (known !== undefined) return known;
      found ??= this.#findBodies(request);
      return found;
    };
    return this.#once<Ingest, UnpackedLayer>(descriptor, {
      present: () => this.#unpacked(request),
      open: async () => this.#openLayer(request, await bodies()),
      bring: async (layer) => {
        // Another process may have unpacked it between the check and the lock.
        const present = await this.#unpacked(request);
        if (present !== undefined) return present;
        return layer instanceof LayerIngest ? this.#unpack(request, layer) : this.#bringLayer(request, layer);
      },
    });
  }

  /** Locates the files of an archive by its headers. */
  #findBodies(request: ArchiveRequest): Promise<readonly ByteRange[] | undefined> {
    const { registry, log, retryBaseMs: baseMs = REQUEST_BACKOFF.baseMs } = this.#options;
    const { reference } = this.#request;
    const signal = this.#signal;
    const retry = { tries: PROBE_TRIES, backoff: { ...REQUEST_BACKOFF, baseMs }, signal, log };
    const fetch = ({ start, end }: ByteRange): Promise<BlobBody> =>
      registry.fetchBlob(reference, request.descriptor, { offset: start, end, signal });
    const received = (bytes: number): void => this.#received(bytes);
    return this.#line.run(() => withRetry(() => findLayerBodies(request, { fetch, received }), retry));
  }

  /** @param bodies the positions of the layer's files, or undefined if its bytes have to arrive in order. */
  async #openLayer(request: ArchiveRequest, bodies: readonly ByteRange[] | undefined): Promise<Ingest> {
    const { descriptor } = request;
    const { hasher } = this.#options;
    const reference = formatReference(this.#request.reference);
    const options = { signal: this.#signal, reference, hasher };
    if (bodies !== undefined) {
      const layer = { bodies, describe: describeLayer(request, bodies) };
      return this.#store.openLayer(descriptor, layer, options);
    }
    const unpacking = await this.#store.openUnpacking(descriptor, options);
    const requireRoom = (bytes: number): void => this.#requireRoom(bytes);
    return new LayerIngest({ request, unpacking, requireRoom });
  }

  /** Unpacks over one connection, because the bytes of such an archive have to arrive in order. */
  async #unpack({ descriptor }: ArchiveRequest, ingest: LayerIngest): Promise<UnpackedLayer> {
    const bandwidth = { take: (...taken: Parameters<Pace['take']>) => this.#paced(ingest, taken) };
    await this.#transfer(descriptor, ingest, 1, bandwidth);
    return ingest.unpacked();
  }

  async #bringLayer(request: ArchiveRequest, ingest: Ingest): Promise<UnpackedLayer> {
    const { descriptor } = request;
    try {
      await this.#transfer(descriptor, ingest, this.#line.connections, this.#line.bandwidth);
    } catch (error) {
      // The archive was published like this, so resuming from its bytes would fail again.
      if (isModelError(error, 'unsupported-artifact')) await ingest.discard();
      throw error;
    }
    const unpacked = await this.#unpacked(request);
    if (unpacked !== undefined) return unpacked;
    const name = shortDigest(descriptor.digest);
    const message = t('Files of the model (from the layer {0}) were removed meanwhile. Pull it again.', name);
    throw new ModelError('store-error', message, { retryable: true });
  }

  /** Returns the record of the archive if it was unpacked before for the same request. */
  async #unpacked({ descriptor, wants, path }: ArchiveRequest): Promise<UnpackedLayer | undefined> {
    const layer = await this.#store.unpacked(descriptor.digest);
    return layer?.wants === wants && layer.name === path ? layer : undefined;
  }

  #requireRoom(bytes: number): void {
    const { root } = this.#request;
    requireSpace(bytes, (this.#options.freeBytesNow ?? freeBytesNow)(root), root);
  }

  /** Holds the network back for the decompressor, and for the limit of all downloads. */
  #paced(ingest: LayerIngest, taken: Parameters<Pace['take']>): Promise<void> | undefined {
    const limit = this.#line.bandwidth.take(...taken);
    const drained = ingest.drained();
    if (limit === undefined || drained === undefined) return limit ?? drained;
    return Promise.all([limit, drained]).then(() => undefined);
  }

  /** Downloads content. While another process does so, this one watches, and takes over if that one stops. */
  async #once<Taker extends Ingest, Result>(
    descriptor: Descriptor,
    steps: {
      /** Returns the result if it is already present. */
      readonly present: () => Promise<Result | undefined>;
      /** @throws ModelError `store-busy` while another process has it. */
      readonly open: () => Promise<Taker>;
      readonly bring: (taker: Taker) => Promise<Result>;
    },
  ): Promise<Result> {
    const { log } = this.#options;
    for (let following = false; ; following = true) {
      throwIfCancelled(this.#signal);
      const present = await steps.present();
      if (present !== undefined) {
        this.#report(descriptor, descriptor.size);
        return present;
      }
      const ingest = await unlessBusy(steps.open);
      if (ingest === undefined) {
        if (!following) log.info(`Another window or program downloads ${shortDigest(descriptor.digest)}.`);
        await this.#follow(descriptor);
        continue;
      }
      try {
        return await steps.bring(ingest);
      } catch (error) {
        // Another process took over while this one slept.
        if (!isModelError(error, 'store-busy')) throw error;
        log.warn(error.message);
      } finally {
        await ingest.close();
      }
    }
  }

  async #transfer(
    descriptor: Descriptor,
    ingest: Ingest,
    connections: number,
    bandwidth: Pace,
  ): Promise<void> {
    const { registry, log, now, retryBaseMs, minPartBytes } = this.#options;
    this.#report(descriptor, ingest.doneBytes);
    const received = (bytes: number): void => this.#received(bytes);
    await transferBlob({
      registry,
      reference: this.#request.reference,
      descriptor,
      ingest,
      connections,
      limit: this.#line.run,
      bandwidth,
      events: { received, changed: () => this.#report(descriptor, ingest.doneBytes) },
      log,
      now,
      retryBaseMs,
      minPartBytes,
      signal: this.#signal,
    });
    this.#report(descriptor, descriptor.size);
  }

  /** Reports the progress of the other process, and waits a moment. */
  async #follow(descriptor: Descriptor): Promise<void> {
    const state = await this.#store.ingestState(descriptor.digest);
    if (state !== undefined) this.#report(descriptor, state.doneBytes);
    else this.#tell();
    await sleep(FOLLOW_MS, this.#signal);
  }

  #received(bytes: number): void {
    this.#fetchedBytes += bytes;
    this.#tell();
  }

  #report({ digest }: Descriptor, bytes: number): void {
    this.#done.set(digest, bytes);
    this.#tell();
  }

  #tell(): void {
    this.#request.onProgress({ done: this.#done, fetchedBytes: this.#fetchedBytes });
  }
}

/** Returns the result of `open`, or undefined while another process has the content. */
async function unlessBusy<Result>(open: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await open();
  } catch (error) {
    if (isModelError(error, 'store-busy')) return undefined;
    throw error;
  }
}
