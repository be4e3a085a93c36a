/** One answer while it arrives, as the caller of `chat` sees it. */
import { t } from '../../base/l10n.ts';
import { deferred } from '../../base/wait.ts';
import type { AnswerEvent, AnswerOptions, ChatResult, StopReason } from '../../inference/index.ts';
import { HostFlaw } from './caller.ts';
import type { ChatEnd, ChatEvent } from './calls/chat.ts';

/**
 * Time that a canceled answer waits for the host, in milliseconds. A batch that is being evaluated cannot be stopped;
 * after this time the caller gets the text so far, and only the next answer waits for the batch.
 */
const CANCEL_GRACE_MS = 40;
/** Tokens beyond the limit that a host may count, for marks around an answer. */
const SPARE_TOKENS = 64;
/** Most characters of one token; vocabularies have tokens that are runs of spaces. */
const CHARACTERS_PER_TOKEN = 512;

/** Collects the events of one answer. */
export class PendingAnswer {
  readonly #options: AnswerOptions;
  readonly #start = performance.now();
  #maxTokens = Number.POSITIVE_INFINITY;
  #text = '';
  #thought = '';
  #promptTokens = 0;
  #evaluatedTokens = 0;
  #answerTokens = 0;
  /** Includes the characters that came after the end. */
  #characters = 0;
  #firstTextMs: number | undefined;
  #closed = false;
  #sent = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
  }

  /**
   * Notes that the host has the request.
   * @param maxTokens limit of the answer. A sound host keeps to it; exceeding it is a `HostFlaw`.
   */
  sent(maxTokens: number): void {
    this.#sent = true;
    this.#maxTokens = maxTokens + SPARE_TOKENS;
  }

  /** Handles an event of the host. @throws HostFlaw if it exceeds the limits of the request. */
  receive(event: ChatEvent): void {
    if ('answerTokens' in event) this.#bound(event);
    if (this.#closed) return;
    if ('totalTokens' in event) {
      const { evaluatedTokens, totalTokens } = event;
      this.#promptTokens = totalTokens;
      this.#evaluatedTokens = evaluatedTokens;
      this.#emit({ type: 'prompt', evaluatedTokens, totalTokens });
      return;
    }
    const isText = 'text' in event;
    const text = isText ? event.text : event.thought;
    if (text === '') return;
    this.#firstTextMs ??= performance.now() - this.#start;
    if (isText) this.#text += text;
    else this.#thought += text;
    this.#emit({ type: isText ? 'text' : 'thought', text });
  }

  #bound(event: Extract<ChatEvent, { answerTokens: number }>): void {
    this.#characters += 'text' in event ? event.text.length : event.thought.length;
    this.#answerTokens += event.answerTokens;
    const maxCharacters = this.#maxTokens * CHARACTERS_PER_TOKEN;
    if (this.#answerTokens <= this.#maxTokens && this.#characters <= maxCharacters) return;
    throw new HostFlaw(t('it answered with more than it was asked for'));
  }

  #emit(event: AnswerEvent): void {
    this.#options.onEvent?.(event);
  }

  /** Handles the end of the answer. */
  end({ stopReason, evaluatedTokens }: ChatEnd): StopReason {
    this.#evaluatedTokens = evaluatedTokens;
    if (!this.#closed) this.#emit({ type: 'usage', usage: this.#usage() });
    return stopReason;
  }

  #usage(): Pick<ChatResult, 'promptTokens' | 'evaluatedTokens' | 'answerTokens'> {
    return {
      promptTokens: this.#promptTokens,
      evaluatedTokens: this.#evaluatedTokens,
      answerTokens: this.#answerTokens,
    };
  }

  #finish(stopReason: StopReason): ChatResult {
    this.#closed = true;
    return {
      text: this.#text,
      thought: this.#thought,
      toolCalls: [],
      stopReason,
      ...this.#usage(),
      firstTextMs: this.#firstTextMs,
      totalMs: performance.now() - this.#start,
    };
  }

  /**
   * Returns the result of `run`, or shortly after the signal is aborted the answer so far, whichever comes first. Later
   * events are ignored.
   */
  async raceCancel(run: Promise<StopReason>): Promise<ChatResult> {
    const { signal } = this.#options;
    if (signal === undefined) return this.#finish(await run);
    const cancelled = deferred<'cancelled'>();
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => cancelled.resolve('cancelled'), this.#sent ? CANCEL_GRACE_MS : 0);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return this.#finish(await Promise.race([run, cancelled.promise]));
    } finally {
      this.#closed = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }
}
