/**
 * The thread that hashes: a core of its own, so that the network has the other one. It loads next to nothing,
 * because each thread has its own copy of what it loads.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { systemErrorCode } from '../../base/error.ts';
import { digestHash } from '../../oci/digest.ts';
import type { HashEvents, HashedWhole, HashFunctions } from './hashProtocol.ts';

/** Bytes of one read; other files have their turn in between. */
const READ_BYTES = 4 * 1024 * 1024;

/** The next turn, in which messages are heard. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One file that grows while it is hashed. */
class GrowingFile {
  readonly #path: string;
  readonly #buffer: Buffer;
  readonly #hash: ReturnType<typeof digestHash>;
  #fd: number | undefined;
  #front = 0;
  #hashed = 0;
  #ended = false;
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(path: string, digest: string, buffer: Buffer) {
    this.#path = path;
    this.#buffer = buffer;
    this.#hash = digestHash(digest);
  }

  advance(front: number): void {
    this.#front = Math.max(this.#front, front);
    this.#running ??= this.#run().finally(() => {
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

  async #run(): Promise<void> {
    try {
      while (this.#hashed < this.#front && !this.#ended && this.#failure === undefined) {
        this.#fd ??= openSync(this.#path, 'r');
        const length = Math.min(this.#buffer.length, this.#front - this.#hashed);
        const read = readSync(this.#fd, this.#buffer, 0, length, this.#hashed);
        if (read === 0) throw new Error(`${this.#path} is shorter than what was written to it.`);
        this.#hash.update(this.#buffer.subarray(0, read));
        this.#hashed += read;
        await nextTurn();
      }
    } catch (error) {
      this.#failure = { error };
    }
  }
}

/** The files of one thread. */
class Hasher implements HashFunctions {
  readonly #files = new Map<number, GrowingFile>();
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly #wanted = new Set<number>();
  readonly #client: BirpcReturn<HashEvents, HashFunctions>;

  constructor(port: MessagePort) {
    this.#client = createBirpc<HashEvents, HashFunctions>(this, {
      bind: 'functions',
      post: (data) => port.postMessage(data),
      on: (listener) => port.on('message', listener),
      eventNames: ['hashed'],
      timeout: -1,
    });
  }

  begin(id: number, path: string, digest: string): void {
    this.#files.set(id, new GrowingFile(path, digest, this.#buffer));
  }

  advance(id: number, front: number): void {
    this.#files.get(id)?.advance(front);
  }

  async digest(id: number, front: number): Promise<string> {
    const file = this.#files.get(id);
    if (file === undefined) throw new Error('The file is not being hashed.');
    file.advance(front);
    return file.digest();
  }

  async whole(id: number, path: string, digest: string): Promise<HashedWhole | undefined> {
    const fd = openPresent(path);
    if (fd === undefined) return undefined;
    this.#wanted.add(id);
    try {
      const { ino } = fstatSync(fd, { bigint: true });
      const hash = digestHash(digest);
      let size = 0;
      for (let read = this.#read(fd, size); read > 0; read = this.#read(fd, size)) {
        hash.update(this.#buffer.subarray(0, read));
        size += read;
        void this.#client.hashed(id, read);
        await nextTurn();
        if (!this.#wanted.has(id)) return undefined;
      }
      return { hex: hash.digest('hex'), size, ino };
    } finally {
      this.#wanted.delete(id);
      closeSync(fd);
    }
  }

  async end(id: number): Promise<void> {
    this.#wanted.delete(id);
    await this.#files.get(id)?.end();
    this.#files.delete(id);
  }

  #read(fd: number, position: number): number {
    return readSync(fd, this.#buffer, 0, this.#buffer.length, position);
  }
}

function openPresent(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

if (parentPort !== null) new Hasher(parentPort);
