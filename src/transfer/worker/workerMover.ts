/** The mover that works in a thread of its own, which starts with the first move and ends when it is idle. */
import { Worker } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { cancelledError, ModelError, throwIfCancelled } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import type { CredentialSource, HttpSender } from '../../oci/index.ts';
import type { Exchange } from '../../oci/network/index.ts';
import type { BlobMover, MoveOutcome, MoveProgress, MoveRequest } from '../mover.ts';
import { EditorServer } from './editorBridge.ts';
import type { Translations } from './hashProtocol.ts';
import { YOUNG_MB } from './hashThread.ts';
import {
  type ClientFunctions,
  type MoveResult,
  type NetworkSnapshot,
  outcomeOf,
  type ProgressMessage,
  requireValue,
  stoppedText,
  WORKER_EVENTS,
  type WorkerFunctions,
} from './protocol.ts';

/**
 * Milliseconds without a move after which the thread ends and frees its memory, together with the tokens and connections
 * that the next pull would reuse: about the lifetime of a token.
 */
const IDLE_MS = 5 * 60_000;

/** Parts of a {@link WorkerMover}. */
export interface WorkerMoverOptions {
  /** Absolute path of moveMain.ts, or of its bundle. */
  readonly entry: string;
  /** Absolute path of hashMain.ts, or of its bundle. */
  readonly hashEntry: string;
  /** The translations of the threads' errors. Defaults to English. */
  readonly translations?: Translations | undefined;
  /** Returns the settings with which to reach a registry; called at the start of each move. */
  readonly network: (registry: string) => NetworkSnapshot;
  readonly credentials: CredentialSource;
  readonly onLoginRefused?: ((registry: string) => void) | undefined;
  /** Called when an exchange of the thread with a server has ended. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Calls the listener with each registry whose login was added or removed. */
  readonly onDidChangeLogin?: ((listener: (registry: string) => void) => unknown) | undefined;
  /** The editor's own networking. */
  readonly editor?: HttpSender | undefined;
  readonly log: Log;
}

interface Running {
  readonly onProgress: (progress: MoveProgress) => void;
  readonly reject: (error: unknown) => void;
}

type Remote = BirpcReturn<WorkerFunctions, ClientFunctions>;

interface Thread {
  readonly worker: Worker;
  readonly remote: Remote;
  readonly editor: EditorServer;
}

/** Downloads blobs in a worker thread. */
export class WorkerMover implements BlobMover {
  readonly #options: WorkerMoverOptions;
  readonly #running = new Map<number, Running>();
  #thread: Thread | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(options: WorkerMoverOptions) {
    this.#options = options;
    options.onDidChangeLogin?.((registry) => void this.#thread?.remote.forgetLogin(registry));
  }

  async move(request: MoveRequest): Promise<MoveOutcome> {
    throwIfCancelled(request.signal);
    const { root, reference, blobs, archives = [], limits, onProgress, signal } = request;
    const id = ++this.#lastId;
    const { network } = this.#options;
    const { remote } = this.#start();
    const cancel = (): void => void remote.cancel(id);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { progress, outcome } = await new Promise<MoveResult>((resolve, reject) => {
        this.#running.set(id, { onProgress, reject });
        const job = { id, root, reference, blobs, archives, limits, network: network(reference.registry) };
        remote.move(job).then(resolve, reject);
      });
      onProgress(progressOf(progress));
      return requireValue(outcome);
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#running.delete(id);
      this.#rest();
    }
  }

  /** Starts the thread before it is needed. */
  warm(): void {
    this.#start();
    this.#rest();
  }

  /** Ends the thread and all moves in it; bytes that arrived stay on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread === undefined) return;
    this.#failAll(cancelledError());
    thread.editor.close();
    await thread.worker.terminate();
  }

  #start(): Thread {
    clearTimeout(this.#idle);
    this.#thread ??= this.#open();
    this.#thread.worker.ref();
    return this.#thread;
  }

  #open(): Thread {
    const { entry, hashEntry, translations } = this.#options;
    // Node's flags for this process are not meant for the thread, and it refuses some of them.
    const worker = new Worker(entry, {
      workerData: { hashEntry, translations },
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const editor = new EditorServer(this.#options.editor);
    const remote = createBirpc<WorkerFunctions, ClientFunctions>(this.#functions(editor), {
      post: (data) => worker.postMessage(data),
      on: (listener) => worker.on('message', listener),
      eventNames: [...WORKER_EVENTS],
      timeout: -1,
    });
    const thread: Thread = { worker, remote, editor };
    worker.on('error', (error) => this.#crashed(thread, error));
    worker.on('exit', () => this.#crashed(thread, new Error('the thread ended')));
    return thread;
  }

  #functions(editor: EditorServer): ClientFunctions {
    const { credentials, onLoginRefused, onExchange, log } = this.#options;
    return {
      progress: (id, progress) => this.#running.get(id)?.onProgress(progressOf(progress)),
      log: (level, message) => log[level](message),
      credential: (registry, repository) => outcomeOf(async () => credentials.get(registry, repository)),
      forgetCredential: (registry) => credentials.forget?.(registry),
      loginRefused: (registry) => onLoginRefused?.(registry),
      exchanged: (exchange) => onExchange?.(exchange),
      editorSend: editor.editorSend,
      editorRead: editor.editorRead,
      editorEnd: editor.editorEnd,
    };
  }

  #crashed(thread: Thread, cause: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    thread.editor.close();
    this.#failAll(new ModelError('store-error', stoppedText(cause), { cause, retryable: true }));
  }

  #failAll(error: ModelError): void {
    for (const { reject } of this.#running.values()) reject(error);
  }

  #rest(): void {
    if (this.#running.size > 0 || this.#thread === undefined) return;
    // An idle thread must not keep the program running.
    this.#thread.worker.unref();
    this.#idle = setTimeout(() => void this.close(), IDLE_MS);
    this.#idle.unref();
  }
}

function progressOf({ done, fetchedBytes }: ProgressMessage): MoveProgress {
  return { done: new Map(done), fetchedBytes };
}
