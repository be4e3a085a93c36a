/** Parsing of manifests that keeps the editor responsive: large ones are parsed in a thread of their own. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { systemErrorCode } from '../../base/error.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { unlessCancelled } from '../../base/wait.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import {
  type ImageIndex,
  type ImageManifest,
  ManifestError,
  type ManifestProblem,
  parseManifest,
} from '../spec/manifest.ts';

/** Bytes of a manifest that is parsed right here. Those of models have some kilobytes. */
const MAX_HERE = 64 * 1024;
/** Layers or manifests that come from the thread in one message. */
const PART_ENTRIES = 500;
/** Milliseconds for one manifest. */
const READ_MS = 20_000;
/** Milliseconds after which an idle thread is ended. */
const IDLE_MS = 10_000;
/** Megabytes of memory of the thread, about ten times as much as the limits of a manifest allow. */
const HEAP_MB = 96;

type Parsed = ImageManifest | ImageIndex;

/** An answer of the thread: a manifest without its layers or manifests, some of these, or its problem. */
export type ManifestAnswer =
  | { readonly head: Parsed; readonly entries: number }
  | { readonly part: readonly Descriptor[] }
  | { readonly invalid: ManifestProblem };

/** The path of the thread's code beside this file, before it is bundled. */
function entryBesideThis(): string | undefined {
  // A bundle may have no address of its own.
  const url: string | undefined = import.meta.url;
  return url !== undefined ? fileURLToPath(new URL('./manifestMain.ts', url)) : undefined;
}

/** Settings of a {@link ManifestReader}. */
export interface ManifestReaderOptions {
  /** Absolute path of manifestMain.ts or of its bundle. Defaults to the file beside this one. */
  readonly entry?: string | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds after which an idle thread is ended. Defaults to 10000. */
  readonly idleMs?: number | undefined;
}

/** Parses manifests one after the other, with a thread that is started on demand. */
export class ManifestReader {
  readonly #entry: string | undefined;
  readonly #log: Log;
  readonly #idleMs: number;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** The last manifest in line. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ entry, log = silentLog, idleMs = IDLE_MS }: ManifestReaderOptions = {}) {
    this.#idleMs = idleMs;
    this.#entry = entry ?? entryBesideThis();
    this.#log = log;
  }

  /**
   * Works as `parseManifest`.
   * @throws ModelError `manifest-invalid`, `cancelled`.
   */
  async read(
    bytes: Uint8Array,
    contentType: string | undefined,
    signal?: AbortSignal | undefined,
  ): Promise<Parsed> {
    if (bytes.length <= MAX_HERE || this.#entry === undefined) return parseManifest(bytes, contentType);
    const entry = this.#entry;
    const reading = this.#last.then(() => this.#ask(entry, bytes, contentType));
    this.#last = reading.catch(() => {});
    return unlessCancelled(reading, signal);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #ask(entry: string, bytes: Uint8Array, contentType: string | undefined): Promise<Parsed> {
    this.#worker ??= this.#start(entry);
    const worker = this.#worker;
    const answer = await this.#answerOf(worker, { bytes, contentType });
    if (answer === undefined || 'part' in answer) return parseManifest(bytes, contentType);
    if ('invalid' in answer) throw new ManifestError(answer.invalid);
    const { head, entries } = answer;
    const received: Descriptor[] = [];
    while (received.length < entries) {
      const from = received.length;
      const more = await this.#answerOf(worker, { from, to: from + PART_ENTRIES });
      if (more === undefined || !('part' in more)) return parseManifest(bytes, contentType);
      received.push(...more.part);
    }
    return head.kind === 'index' ? { ...head, manifests: received } : { ...head, layers: received };
  }

  #start(entry: string): Worker {
    const worker = new Worker(entry, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 8 },
    });
    // A caller that waits for a manifest keeps the program running by other means.
    worker.unref();
    return worker;
  }

  /** Returns the thread's answer, or undefined if no thread can be had. */
  async #answerOf(worker: Worker, message: object): Promise<ManifestAnswer | undefined> {
    let resolve: (answer: ManifestAnswer | undefined) => void = () => {};
    const answered = new Promise<ManifestAnswer | undefined>((settle) => {
      resolve = settle;
    });
    const tooMuch: ManifestAnswer = { invalid: { reason: 'tooSlow', values: [] } };
    const timer = setTimeout(() => resolve(tooMuch), READ_MS);
    const onError = (error: Error): void => {
      const isFull = systemErrorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY';
      if (!isFull) this.#log.debug(`The thread for manifests failed: ${error.message}`);
      resolve(isFull ? tooMuch : undefined);
    };
    const onExit = (): void => resolve(undefined);
    clearTimeout(this.#idle);
    worker.once('message', resolve).once('error', onError).once('exit', onExit);
    try {
      worker.postMessage(message);
      const answer = await answered;
      if (answer === undefined || answer === tooMuch) await this.close();
      else this.#rest();
      return answer;
    } finally {
      clearTimeout(timer);
      worker
        .removeListener('message', resolve)
        .removeListener('error', onError)
        .removeListener('exit', onExit);
    }
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), this.#idleMs);
    this.#idle.unref();
  }
}
