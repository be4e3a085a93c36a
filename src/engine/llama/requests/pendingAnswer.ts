/** One answer while it arrives, as the caller of `chat` sees it. */
import { randomUUID } from 'node:crypto';
import { asLocalized, type Localized } from '../../../base/l10n.ts';
import type {
  AnswerEvent,
  AnswerOptions,
  ChatResult,
  StopReason,
  ToolCall,
} from '../../../inference/index.ts';
import type { ChatEnd, ChatEvent } from '../calls/chat.ts';
import { AnswerLimits, orCancelled } from './answerLimits.ts';

/** Collects the events of one answer. */
export class PendingAnswer {
  readonly #options: AnswerOptions;
  readonly #start = performance.now();
  readonly #limits = new AnswerLimits();
  readonly #toolCalls: ToolCall[] = [];
  #text = '';
  #thought = '';
  #promptTokens = 0;
  #evaluatedTokens = 0;
  /** As the host counted them at the end, marks included. */
  #answerTokens: number | undefined;
  #firstTextMs: number | undefined;
  #closed = false;
  #sent = false;
  #hasBegun = false;

  constructor(options: AnswerOptions) {
    this.#options = options;
  }

  /** Tells if the host has begun to work on it. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get hasText(): boolean {
    return this.#firstTextMs !== undefined;
  }

  /** Tells the caller something about the answer. */
  note(text: Localized): void {
    if (!this.#closed) this.#emit({ type: 'note', text });
  }

  /**
   * Notes that the host has the request.
   * @param maxTokens limit of the answer. A sound host keeps to it; exceeding it is a `HostFlaw`.
   */
  sent(maxTokens: number): void {
    this.#sent = true;
    this.#limits.limit(maxTokens);
  }

  /** Handles an event of the host. @throws HostFlaw if it exceeds the limits of the request. */
  receive(event: ChatEvent): void {
    if ('answerTokens' in event) this.#limits.add(event.answerTokens, charactersOf(event));
    if ('note' in event) this.#limits.addNote();
    if (this.#closed) return;
    if ('totalTokens' in event) this.#onPrompt(event.evaluatedTokens, event.totalTokens);
    else if ('waitingFor' in event) this.#emit({ type: 'waiting', for: event.waitingFor });
    // The host has the translations.
    else if ('note' in event) this.note(asLocalized(event.note));
    else if ('call' in event) this.#onCall(event.call);
    else if ('text' in event) this.#onText('text', event.text);
    else this.#onText('thought', event.thought);
  }

  #onPrompt(evaluatedTokens: number, totalTokens: number): void {
    this.#hasBegun = true;
    this.#promptTokens = totalTokens;
    this.#evaluatedTokens = evaluatedTokens;
    this.#emit({ type: 'prompt', evaluatedTokens, totalTokens });
  }

  #onText(type: 'text' | 'thought', text: string): void {
    if (text === '') return;
    this.#firstTextMs ??= performance.now() - this.#start;
    if (type === 'text') this.#text += text;
    else this.#thought += text;
    this.#emit({ type, text });
  }

  #onCall(call: Omit<ToolCall, 'id'>): void {
    this.#firstTextMs ??= performance.now() - this.#start;
    const identified = { id: `call_${randomUUID()}`, ...call };
    this.#toolCalls.push(identified);
    this.#emit({ type: 'toolCall', call: identified });
  }

  #emit(event: AnswerEvent): void {
    this.#options.onEvent?.(event);
  }

  /** Handles the end of the answer. */
  end({ stopReason, evaluatedTokens, answerTokens }: ChatEnd): StopReason {
    this.#evaluatedTokens = evaluatedTokens;
    this.#answerTokens = answerTokens;
    if (!this.#closed) this.#emit({ type: 'usage', usage: this.#usage() });
    return stopReason;
  }

  #usage(): Pick<ChatResult, 'promptTokens' | 'evaluatedTokens' | 'answerTokens'> {
    return {
      promptTokens: this.#promptTokens,
      evaluatedTokens: this.#evaluatedTokens,
      answerTokens: this.#answerTokens ?? this.#limits.tokens,
    };
  }

  #finish(stopReason: StopReason): ChatResult {
    this.#closed = true;
    return {
      text: this.#text,
      thought: this.#thought,
      toolCalls: this.#toolCalls,
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
    try {
      return this.#finish(await orCancelled(run, this.#options.signal, () => this.#sent));
    } finally {
      this.#closed = true;
    }
  }
}

function charactersOf(event: Extract<ChatEvent, { answerTokens: number }>): number {
  if ('text' in event) return event.text.length;
  return 'thought' in event ? event.thought.length : JSON.stringify(event.call).length;
}
