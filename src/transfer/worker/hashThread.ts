/** Hashing in a thread of its own, on another core than the one that the network keeps busy. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type MessagePort, Worker } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { digestHash } from '../../oci/index.ts';
import type { ContentHasher, HasherFactory } from '../../store/index.ts';

/** Bytes between two messages that more of a file is there. */
const STEP_BYTES = 4 * 1024 * 1024;
/** Bytes of one read; other files have their turn in between. */
const READ_BYTES = 4 * 1024 * 1024;

interface HashFunctions {
  begin(id: number, path: string, digest: string): void;
  advance(id: number, front: number): void;
  /** @returns hexadecimal digits. */
  digest(id: number, front: number): Promise<string>;
  end(id: number): Promise<void>;
}

type HashClient = BirpcReturn<HashFunctions, object>;

/** One file in the thread. */
class HashedFile {
  readonly #path: string;
  readonly #hash: ReturnType<typeof digestHash>;
  #fd: number | undefined;
  #front = 0;
  #hashed = 0;
  #ended = false;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(path: string, digest: string) {
    this.#path = path;
    this.#hash = digestHash(digest);
  }

  advance(front: number, buffer: Buffer): void {
    this.#front = Math.max(this.#front, front);
    this.#running ??= this.#run(buffer).finally(() => {
      this.#running = undefined;
    });
  }

  async digest(): Promise<string> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#hash.copy().digest('hex');
  }

  async end(): Promise<void> {
    this.#ended = true;
    while (this.#running !== undefined) await this.#running;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  async #run(buffer: Buffer): Promise<void> {
    try {
      while (this.#hashed < this.#front && !this.#ended && this.#failure === undefined) {
        this.#fd ??= openSync(this.#path, 'r');
        const length = Math.min(buffer.length, this.#front - this.#hashed);
        const read = readSync(this.#fd, buffer, 0, length, this.#hashed);
        if (read === 0) throw new Error(`${this.#path} is shorter than what was written to it.`);
        this.#hash.update(buffer.subarray(0, read));
        this.#hashed += read;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      this.#failure = { error };
    }
  }
}

/** The thread's side. */
export function serveHashing(port: MessagePort): void {
  const files = new Map<number, HashedFile>();
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const functions: HashFunctions = {
    begin: (id, path, digest) => void files.set(id, new HashedFile(path, digest)),
    advance: (id, front) => files.get(id)?.advance(front, buffer),
    digest: async (id, front) => {
      const file = files.get(id);
      if (file === undefined) throw new Error('the file is not being hashed');
      file.advance(front, buffer);
      return file.digest();
    },
    end: async (id) => {
      await files.get(id)?.end();
      files.delete(id);
    },
  };
  createBirpc<object, HashFunctions>(functions, {
    post: (data) => port.postMessage(data),
    on: (listener) => port.on('message', listener),
    timeout: -1,
  });
}

/** The other side: hashers that work in the thread. */
export class HashThread {
  readonly #worker: Worker;
  readonly #rpc: HashClient;
  #lastId = 0;

  /** @param entry absolute path of main.ts, or of its bundle. */
  constructor(entry: string) {
    this.#worker = new Worker(entry, { workerData: { role: 'hash' }, execArgv: [] });
    this.#worker.unref();
    this.#rpc = createBirpc<HashFunctions, object>(
      {},
      {
        post: (data) => this.#worker.postMessage(data),
        on: (listener) => this.#worker.on('message', listener),
        eventNames: ['begin', 'advance'],
        timeout: -1,
      },
    );
    // Whoever waits for a digest must hear of it.
    this.#worker.on('error', (error) => this.#rpc.$close(error));
  }

  readonly hasher: HasherFactory = (path, digest) =>
    new ThreadHasher(this.#rpc, ++this.#lastId, path, digest);

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

class ThreadHasher implements ContentHasher {
  readonly #rpc: HashClient;
  readonly #id: number;
  #front = 0;
  #told = 0;
  #closed = false;

  constructor(rpc: HashClient, id: number, path: string, digest: string) {
    this.#rpc = rpc;
    this.#id = id;
    void rpc.begin(id, path, digest);
  }

  advance(front: number): void {
    this.#front = front;
    if (front - this.#told < STEP_BYTES) return;
    this.#told = front;
    void this.#rpc.advance(this.#id, front);
  }

  async digest(): Promise<string> {
    return this.#rpc.digest(this.#id, this.#front);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#rpc.end(this.#id);
  }
}
