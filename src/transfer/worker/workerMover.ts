/** The mover that works in a thread of its own: started with the first move, and ended when it is not needed. */
import { Worker } from 'node:worker_threads';
import { type BirpcReturn, createBirpc } from 'birpc';
import { ModelError, throwIfCancelled } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';
import type { CredentialSource, HttpSender } from '../../oci/index.ts';
import type { BlobMover, MoveOutcome, MoveProgress, MoveRequest } from '../mover.ts';
import { EditorServer } from './editorBridge.ts';
import { YOUNG_MB } from './hashThread.ts';
import {
  type ClientFunctions,
  type MoveResult,
  type NetworkSnapshot,
  outcomeOf,
  type ProgressMessage,
  requireValue,
  WORKER_EVENTS,
  type WorkerFunctions,
} from './protocol.ts';

/**
 * Milliseconds without a move after which the thread's memory is given back, with the tokens and connections that the
 * next pull would use: about as long as tokens are good for.
 */
const IDLE_MS = 5 * 60_000;

/** Parts of a {@link WorkerMover}. */
export interface WorkerMoverOptions {
  /** Absolute path of main.ts, or of its bundle. */
  readonly entry: string;
  /** Absolute path of hashMain.ts, or of its bundle. */
  readonly hashEntry: string;
  /** How a registry is reached, asked at the start of each move. */
  readonly network: (registry: string) => NetworkSnapshot;
  readonly credentials: CredentialSource;
  readonly onLoginRefused?: ((registry: string) => void) | undefined;
  /** Calls the listener with each registry whose login was given or taken away. */
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

/** Brings blobs in a worker thread. */
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

  /** Ends the thread, and what runs in it; what came stays on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread === undefined) return;
    this.#failAll(new ModelError('cancelled', 'Cancelled.'));
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
    const { entry, hashEntry } = this.#options;
    // Flags of the program that this runs in are not for the thread, and some of them are refused.
    const worker = new Worker(entry, {
      workerData: { hashEntry },
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
    const { credentials, onLoginRefused, log } = this.#options;
    return {
      progress: (id, progress) => this.#running.get(id)?.onProgress(progressOf(progress)),
      log: (level, message) => log[level](message),
      credential: (registry, repository) => outcomeOf(async () => credentials.get(registry, repository)),
      forgetCredential: (registry) => credentials.forget?.(registry),
      loginRefused: (registry) => onLoginRefused?.(registry),
      editorSend: editor.editorSend,
      editorRead: editor.editorRead,
      editorEnd: editor.editorEnd,
    };
  }

  #crashed(thread: Thread, cause: unknown): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    thread.editor.close();
    const message = isTooManyFiles(cause)
      ? `The download could not go on: ${tooManyFiles()}.`
      : 'The download stopped unexpectedly. Pull again to go on where it was.';
    this.#failAll(new ModelError('store-error', message, { cause, retryable: true }));
  }

  #failAll(error: ModelError): void {
    for (const { reject } of this.#running.values()) reject(error);
  }

  #rest(): void {
    if (this.#running.size > 0 || this.#thread === undefined) return;
    // A program that has nothing else to do must not wait for the thread.
    this.#thread.worker.unref();
    this.#idle = setTimeout(() => void this.close(), IDLE_MS);
    this.#idle.unref();
  }
}

function progressOf({ done, fetchedBytes }: ProgressMessage): MoveProgress {
  return { done: new Map(done), fetchedBytes };
}
