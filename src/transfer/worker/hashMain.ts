/**
 * The entry of the thread that hashes, on a core of its own beside the network's. It loads as little as possible,
 * because each thread has its own copy of everything it loads.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { useTranslations } from '../../base/l10n.ts';
// Not through the room's index, which loads the whole room.
import { FileHasher, type HashSource } from '../../store/disk/contentHasher.ts';
import { type HashedFile, hashFile } from '../../store/disk/hashFile.ts';
import type { HashData, HashEvents, HashFunctions } from './hashProtocol.ts';
import { type Outcome, outcomeOf } from './protocol.ts';

/** Bytes of one read, after which other files have their turn. */
const READ_BYTES = 4 * 1024 * 1024;

/** Hashes the files of one thread. */
class Hasher implements HashFunctions {
  readonly #files = new Map<number, FileHasher>();
  /** Whole files that are being hashed. */
  readonly #whole = new Map<number, AbortController>();
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
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

  begin(id: number, source: HashSource, digest: string): void {
    this.#files.set(id, new FileHasher(source, digest, this.#buffer));
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

  async whole(id: number, path: string, digest: string): Promise<Outcome<HashedFile | undefined>> {
    const cancel = new AbortController();
    this.#whole.set(id, cancel);
    const onBytes = (bytes: number): void => void this.#client.hashed(id, bytes);
    try {
      return await outcomeOf(() => hashFile(path, digest, { signal: cancel.signal, onBytes }));
    } finally {
      this.#whole.delete(id);
    }
  }

  async end(id: number): Promise<void> {
    this.#whole.get(id)?.abort();
    await this.#files.get(id)?.close();
    this.#files.delete(id);
  }
}

if (parentPort !== null) {
  useTranslations((workerData as HashData | null)?.translations);
  new Hasher(parentPort);
}
