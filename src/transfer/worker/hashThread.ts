/** Hashes in a thread of its own, on another core than the network or the editor. */
import { Worker } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { ModelError, throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';
import type { ContentHasher, HasherFactory, HashFile, HashSource } from '../../store/index.ts';
import type { HashData, HashEvents, HashFunctions, Translations } from './hashProtocol.ts';
import { requireValue } from './protocol.ts';

/** Bytes between two messages about the progress of a file. */
const STEP_BYTES = 4 * 1024 * 1024;
/** Milliseconds without work after which the thread ends and frees its memory. */
const IDLE_MS = 60_000;
/** Megabytes that V8 may use for short-lived objects, of which there are few here. */
export const YOUNG_MB = 4;

type HashClient = BirpcReturn<HashFunctions, HashEvents>;

/** The reasons why threads ended, which birpc does not pass on to later calls. */
const endings = new WeakMap<HashClient, Error>();

/** Returns the result of a call. @throws the reason if the thread has ended. */
async function answer<T>(rpc: HashClient, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw endings.get(rpc) ?? error;
  }
}

function endingError(cause: Error): ModelError {
  const message = isTooManyFiles(cause)
    ? t('Could not verify the content: {0}.', tooManyFiles())
    : t('Could not verify the content, because its thread ended unexpectedly. Try again.');
  return new ModelError('store-error', message, { cause, retryable: true });
}

/** A thread that starts when it is first needed, and ends when it is idle. */
export class HashThread {
  readonly #entry: string;
  readonly #data: HashData;
  readonly #onBytes = new Map<number, (bytes: number) => void>();
  #worker: Worker | undefined;
  #rpc: HashClient | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /**
   * @param entry absolute path of hashMain.ts, or of its bundle.
   * @param translations of the thread's errors. Defaults to English.
   */
  constructor(entry: string, translations?: Translations) {
    this.#entry = entry;
    this.#data = { translations };
  }

  /** Hashes files while they are written. */
  readonly hasher: HasherFactory = (source, digest) => {
    const rpc = this.#use();
    return new ThreadHasher(rpc, ++this.#lastId, source, digest, () => this.#leave());
  };

  /** Hashes a whole file. */
  readonly hashFile: HashFile = async (path, like, { signal, onBytes } = {}) => {
    throwIfCancelled(signal);
    const rpc = this.#use();
    const id = ++this.#lastId;
    const cancel = (): void => void rpc.end(id);
    signal?.addEventListener('abort', cancel, { once: true });
    if (onBytes !== undefined) this.#onBytes.set(id, onBytes);
    try {
      const hashed = requireValue(await answer(rpc, () => rpc.whole(id, path, like)));
      // The end of the file and the cancellation may have passed each other.
      throwIfCancelled(signal);
      return hashed;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#onBytes.delete(id);
      this.#leave();
    }
  };

  /** Starts the thread before it is needed. */
  warm(): void {
    this.#use();
    this.#leave();
  }

  /** Ends the thread, and all hashing in it. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rpc = undefined;
    await worker?.terminate();
  }

  #use(): HashClient {
    clearTimeout(this.#idle);
    this.#users++;
    this.#rpc ??= this.#start();
    return this.#rpc;
  }

  #leave(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.#idle = setTimeout(() => void this.close(), IDLE_MS);
    this.#idle.unref();
  }

  #start(): HashClient {
    const worker = new Worker(this.#entry, {
      workerData: this.#data,
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // A caller that waits for a hash keeps the program running by other means.
    worker.unref();
    const events: HashEvents = { hashed: (id, bytes) => this.#onBytes.get(id)?.(bytes) };
    const rpc = createBirpc<HashFunctions, HashEvents>(events, {
      post: (data) => worker.postMessage(data),
      on: (listener) => worker.on('message', listener),
      eventNames: ['begin', 'advance'],
      timeout: -1,
    });
    const ended = (error: Error): void => {
      // Waiting calls fail; the next one starts another thread.
      if (!endings.has(rpc)) endings.set(rpc, endingError(error));
      rpc.$close(error);
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#rpc = undefined;
    };
    worker.on('error', ended);
    worker.on('exit', () => ended(new Error('The thread that hashes has ended.')));
    this.#worker = worker;
    return rpc;
  }
}

class ThreadHasher implements ContentHasher {
  readonly #rpc: HashClient;
  readonly #id: number;
  readonly #onClose: () => void;
  #front = 0;
  #told = 0;
  #closed = false;

  constructor(rpc: HashClient, id: number, source: HashSource, digest: string, onClose: () => void) {
    this.#rpc = rpc;
    this.#id = id;
    this.#onClose = onClose;
    void rpc.begin(id, source, digest);
  }

  advance(front: number): void {
    this.#front = front;
    if (front - this.#told < STEP_BYTES || this.#rpc.$closed) return;
    this.#told = front;
    void this.#rpc.advance(this.#id, front);
  }

  async digest(): Promise<string> {
    return answer(this.#rpc, () => this.#rpc.digest(this.#id, this.#front));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    // A thread that has ended holds no file.
    if (!this.#rpc.$closed) await this.#rpc.end(this.#id).catch(() => {});
  }
}
