/** One answer while it comes in, as the caller of `chat` sees it. */

import { deferred } from '../../base/wait.ts';
import type { GenerationOptions, GenerationResult, StopReason } from '../../inference/index.ts';
import type { RequestMessage } from './hostProcess.ts';

/**
 * How long a cancelled answer waits for the host, milliseconds. A batch that is being evaluated cannot be
 * stopped; after this time the caller gets what there is, and only the next answer waits for the batch.
 */
const CANCEL_GRACE_MS = 40;

/** Collects the messages of one answer. */
export class Answer {
  readonly #onText: ((text: string) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #start = performance.now();
  #text = '';
  #promptTokens = 0;
  #answerTokens = 0;
  #firstTextMs: number | undefined;
  #closed = false;
  /** Whether the host has the request. */
  sent = false;

  constructor(options: GenerationOptions) {
    this.#onText = options.onText;
    this.#signal = options.signal;
  }

  /** Takes a message of the host. */
  receive(message: RequestMessage): void {
    if (this.#closed) return;
    if (message.type === 'prompt') this.#promptTokens = message.promptTokens;
    if (message.type !== 'text') return;
    this.#answerTokens += message.answerTokens;
    if (message.text === '') return;
    this.#firstTextMs ??= performance.now() - this.#start;
    this.#text += message.text;
    this.#onText?.(message.text);
  }

  /** The result; later messages are ignored. */
  finish(stopReason: StopReason): GenerationResult {
    this.#closed = true;
    return {
      text: this.#text,
      stopReason,
      promptTokens: this.#promptTokens,
      answerTokens: this.#answerTokens,
      firstTextMs: this.#firstTextMs,
      totalMs: performance.now() - this.#start,
    };
  }

  /** What `run` gives, or what there is soon after the signal is aborted, whichever is first. */
  async raceCancel(run: Promise<StopReason>): Promise<GenerationResult> {
    const signal = this.#signal;
    if (signal === undefined) return this.finish(await run);
    const cancelled = deferred<'cancelled'>();
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => cancelled.resolve('cancelled'), this.sent ? CANCEL_GRACE_MS : 0);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return this.finish(await Promise.race([run, cancelled.promise]));
    } finally {
      this.#closed = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }
}
