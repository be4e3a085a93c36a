/**
 * The entry of the download thread, which keeps the work of sockets, files and hashes away from the editor. It asks the
 * thread that started it for logins, and for requests that only the editor's networking can make.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import * as z from 'zod';
import { useTranslations } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { LocalMover, type MoveOutcome, type MoveProgress, SharedLine } from '../mover.ts';
import { Clients } from './clients.ts';
import { EditorSender } from './editorBridge.ts';
import type { Translations } from './hashProtocol.ts';
import { HashThread } from './hashThread.ts';
import {
  CLIENT_EVENTS,
  type ClientFunctions,
  type MoveJob,
  type MoveResult,
  outcomeOf,
  type ProgressMessage,
  requireValue,
  type WorkerFunctions,
} from './protocol.ts';

/** Milliseconds between two reports. */
const REPORT_MS = 50;
/** Bytes of each connection's buffer. */
const READ_BYTES = 1024 * 1024;

const dataSchema = z.object({
  /** Absolute path of hashMain.ts, or of its bundle. */
  hashEntry: z.string(),
  translations: z.record(z.string(), z.string()).optional(),
});

type Client = BirpcReturn<ClientFunctions, WorkerFunctions>;

const NOTHING: MoveProgress = { done: new Map(), fetchedBytes: 0 };

function messageOf({ done, fetchedBytes }: MoveProgress): ProgressMessage {
  return { done: [...done], fetchedBytes };
}

/** Runs the jobs of one thread. */
class Mover implements WorkerFunctions {
  readonly #running = new Map<number, AbortController>();
  readonly #line = new SharedLine();
  readonly #hashing: HashThread;
  readonly #client: Client;
  readonly #log: Log;
  readonly #clients: Clients;

  constructor(port: MessagePort, hashEntry: string, translations: Translations | undefined) {
    this.#hashing = new HashThread(hashEntry, translations);
    this.#hashing.warm();
    this.#client = createBirpc<ClientFunctions, WorkerFunctions>(
      {
        move: (job) => this.move(job),
        cancel: (id) => this.cancel(id),
        forgetLogin: (registry) => this.forgetLogin(registry),
      },
      {
        post: (data) => port.postMessage(data),
        on: (listener) => port.on('message', listener),
        eventNames: [...CLIENT_EVENTS],
        timeout: -1,
      },
    );
    const client = this.#client;
    this.#log = {
      debug: (message) => void client.log('debug', message),
      info: (message) => void client.log('info', message),
      warn: (message) => void client.log('warn', message),
      error: (message) => void client.log('error', message),
    };
    this.#clients = new Clients({
      credentials: {
        get: async (registry, repository) => requireValue(await client.credential(registry, repository)),
        forget: (registry) => void client.forgetCredential(registry),
      },
      onLoginRefused: (registry) => void client.loginRefused(registry),
      onExchange: (exchange) => void client.exchanged(exchange),
      editor: new EditorSender(client),
      readBytes: READ_BYTES,
      log: this.#log,
    });
  }

  async move(job: MoveJob): Promise<MoveResult> {
    const cancel = new AbortController();
    this.#running.set(job.id, cancel);
    let latest = NOTHING;
    let isNew = false;
    const reporting = setInterval(() => {
      if (isNew) void this.#client.progress(job.id, messageOf(latest));
      isNew = false;
    }, REPORT_MS);
    try {
      const onProgress = (progress: MoveProgress): void => {
        latest = progress;
        isNew = true;
      };
      const outcome = await outcomeOf(() => this.#run(job, cancel.signal, onProgress));
      return { progress: messageOf(latest), outcome };
    } finally {
      clearInterval(reporting);
      this.#running.delete(job.id);
    }
  }

  cancel(id: number): void {
    this.#running.get(id)?.abort();
  }

  forgetLogin(registry: string): void {
    this.#clients.forgetLogin(registry);
  }

  async #run(
    job: MoveJob,
    signal: AbortSignal,
    onProgress: (progress: MoveProgress) => void,
  ): Promise<MoveOutcome> {
    const { root, reference, blobs, archives, limits, network } = job;
    return this.#clients.use(reference.registry, network, (registry) => {
      const mover = new LocalMover({
        registry,
        line: this.#line,
        hasher: this.#hashing.hasher,
        log: this.#log,
        now: () => performance.now(),
      });
      return mover.move({ root, reference, blobs, archives, limits, signal, onProgress });
    });
  }
}

if (parentPort !== null) {
  const { hashEntry, translations } = dataSchema.parse(workerData);
  useTranslations(translations);
  new Mover(parentPort, hashEntry, translations);
}
