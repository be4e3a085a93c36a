/** One completion while it arrives, as the caller of `complete` and `infill` sees it. */
import type { CompletionOptions, CompletionResult } from '../../../inference/index.ts';
import type { CompleteEnd, CompleteEvent } from '../calls/complete.ts';
import { AnswerLimits, orCancelled } from './answerLimits.ts';

/** Collects the pieces of one completion. */
export class PendingCompletion {
  readonly #options: CompletionOptions;
  readonly #limits = new AnswerLimits();
  #text = '';
  #probability: number | undefined;
  #closed = false;
  #sent = false;

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  /** Tells if the host has begun to work on it. */
  get hasBegun(): boolean {
    return this.#text !== '';
  }

  get hasText(): boolean {
    return this.#text !== '';
  }

  /** Completions have no place for notes; the log has them. */
  note(): void {}

  /** Notes that the host has the request. @param maxTokens limit of the completion. */
  sent(maxTokens: number): void {
    this.#sent = true;
    this.#limits.limit(maxTokens);
  }

  /** Handles a piece. @throws HostFlaw if the host exceeds the limits of the request. */
  receive({ text, probability, answerTokens }: CompleteEvent): void {
    this.#limits.add(answerTokens, text.length);
    if (this.#closed) return;
    this.#text += text;
    this.#probability = probability;
    this.#options.onPiece?.({ text, probability });
  }

  /** Returns the result of `run`, or shortly after the signal is aborted the text so far, whichever comes first. */
  async raceCancel(run: Promise<CompleteEnd | 'cancelled'>): Promise<CompletionResult> {
    try {
      const end = await orCancelled(run, this.#options.signal, () => this.#sent);
      const counts =
        end === 'cancelled'
          ? { stopReason: end, promptTokens: 0, evaluatedTokens: 0, answerTokens: this.#limits.tokens }
          : end;
      return { text: this.#text, probability: this.#probability, ...counts };
    } finally {
      this.#closed = true;
    }
  }
}
