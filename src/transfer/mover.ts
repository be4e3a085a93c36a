/** Bringing the blobs of a model into a store, all at once, each by whoever comes first. */
import pLimit from 'p-limit';
import { isModelError, throwIfCancelled } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import {
  type Descriptor,
  formatReference,
  type Reference,
  type RegistryClient,
  shortDigest,
  sleep,
} from '../oci/index.ts';
import { ContentStore, type HasherFactory, type Ingest } from '../store/index.ts';
import { Bandwidth } from './bandwidth.ts';
import { type ConnectionLimit, transferBlob } from './blob.ts';

/** Milliseconds between two looks at a download that another process does. */
const FOLLOW_MS = 200;

/** How much of a line downloads may use. */
export interface LineLimits {
  /** Connections of all downloads together. */
  readonly connections: number;
  /** Bytes in a second of all downloads together; 0 for no limit. */
  readonly bytesPerSecond: number;
}

export const DEFAULT_LIMITS: LineLimits = { connections: 4, bytesPerSecond: 0 };

/** How far blobs are. */
export interface MoveProgress {
  /** Bytes of each blob that are in the store or on their way into it, by digest. */
  readonly done: ReadonlyMap<string, number>;
  /** Bytes that came over the network since the move began. */
  readonly fetchedBytes: number;
}

/** Blobs that are wanted. */
export interface MoveRequest {
  /** Folder of the store. */
  readonly root: string;
  readonly reference: Reference;
  /** Each content once. */
  readonly blobs: readonly Descriptor[];
  readonly limits: LineLimits;
  /** Called whenever something changed, which may be often. */
  readonly onProgress: (progress: MoveProgress) => void;
  /** Ends the move; what came stays on disk. */
  readonly signal?: AbortSignal | undefined;
}

/** Brings blobs into a store. */
export interface BlobMover {
  /**
   * @throws ModelError what {@link transferBlob} and the store throw. The blobs that are complete then are in the
   * store, the others keep what came of them.
   */
  move(request: MoveRequest): Promise<void>;
  /** Says that a move may come soon. */
  warm?(): void;
}

/** The line that all downloads of a process share. */
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
  /** Milliseconds before a broken download is tried again, doubled after each failure; 500 where absent. */
  readonly retryBaseMs?: number | undefined;
  /** Bytes of the smallest part of a blob; 4 MiB where absent. */
  readonly minPartBytes?: number | undefined;
}

/** Brings blobs in this thread. */
export class LocalMover implements BlobMover {
  readonly #options: LocalMoverOptions;
  readonly #line: SharedLine;

  constructor(options: LocalMoverOptions) {
    this.#options = options;
    this.#line = options.line ?? new SharedLine(options.now);
  }

  async move(request: MoveRequest): Promise<void> {
    this.#line.limits = request.limits;
    const end = new AbortController();
    const signal = request.signal === undefined ? end.signal : AbortSignal.any([request.signal, end.signal]);
    const move = new Move(request, signal, this.#options, this.#line);
    // The first failure ends the other blobs too, and is the one that is told.
    const moves = request.blobs.map((blob) =>
      move.blob(blob).catch((error: unknown) => {
        end.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(moves);
    throwIfCancelled(request.signal);
    end.signal.throwIfAborted();
  }
}

/** One request on its way. */
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

  /** Brings one blob. While another process does it, this one looks on, and takes over where that one ends. */
  async blob(descriptor: Descriptor): Promise<void> {
    const { log } = this.#options;
    for (let following = false; ; following = true) {
      throwIfCancelled(this.#signal);
      if (await this.#store.hasBlob(descriptor)) return this.#report(descriptor, descriptor.size);
      const ingest = await this.#open(descriptor);
      if (ingest === undefined) {
        if (!following) log.info(`Another window or program downloads ${shortDigest(descriptor.digest)}.`);
        await this.#follow(descriptor);
        continue;
      }
      try {
        return await this.#transfer(descriptor, ingest);
      } catch (error) {
        // Another process took over while this one slept.
        if (!isModelError(error, 'store-busy')) throw error;
        log.warn(error.message);
      } finally {
        await ingest.close();
      }
    }
  }

  /** The ingest of a blob; undefined while another process has it. */
  async #open(descriptor: Descriptor): Promise<Ingest | undefined> {
    const { hasher } = this.#options;
    const reference = formatReference(this.#request.reference);
    try {
      return await this.#store.openIngest(descriptor, { signal: this.#signal, reference, hasher });
    } catch (error) {
      if (isModelError(error, 'store-busy')) return undefined;
      throw error;
    }
  }

  async #transfer(descriptor: Descriptor, ingest: Ingest): Promise<void> {
    const { registry, log, now, retryBaseMs, minPartBytes } = this.#options;
    this.#report(descriptor, ingest.doneBytes);
    const received = (bytes: number): void => {
      this.#fetchedBytes += bytes;
      this.#tell();
    };
    await transferBlob({
      registry,
      reference: this.#request.reference,
      descriptor,
      ingest,
      connections: this.#line.connections,
      limit: this.#line.run,
      bandwidth: this.#line.bandwidth,
      events: { received, changed: () => this.#report(descriptor, ingest.doneBytes) },
      log,
      now,
      retryBaseMs,
      minPartBytes,
      signal: this.#signal,
    });
    this.#report(descriptor, descriptor.size);
  }

  /** Shows for a moment how far the other process is. */
  async #follow(descriptor: Descriptor): Promise<void> {
    const state = await this.#store.ingestState(descriptor.digest);
    if (state !== undefined) this.#report(descriptor, state.doneBytes);
    else this.#tell();
    await sleep(FOLLOW_MS, this.#signal);
  }

  #report({ digest }: Descriptor, bytes: number): void {
    this.#done.set(digest, bytes);
    this.#tell();
  }

  #tell(): void {
    this.#request.onProgress({ done: this.#done, fetchedBytes: this.#fetchedBytes });
  }
}
