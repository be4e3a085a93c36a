/** One completion of an endpoint while it arrives: stop texts, and the gate on its joint probability. */
import type { CompletionOptions, CompletionResult } from '../../inference/index.ts';
import type { Chunk, ChunkUsage } from '../../openaiApi/index.ts';
import { StopTexts } from '../stopTexts.ts';
import { MAX_ANSWER_CHARACTERS } from './limits.ts';

/** Limits of a completion that the client applies. */
export interface CompletionLimits {
  readonly stop: readonly string[];
  /** 0 to 1. Without probabilities from the server it does not apply. */
  readonly minJointProbability?: number | undefined;
}

/** Collects one completion. */
export class CompletionAnswer {
  readonly #options: CompletionOptions;
  readonly #stops: StopTexts;
  readonly #minJointProbability: number;
  #text = '';
  #probability: number | undefined;
  #usage: ChunkUsage | undefined;
  #tokens = 0;
  #end: CompletionResult['stopReason'] | undefined;

  constructor({ stop, minJointProbability = 0 }: CompletionLimits, options: CompletionOptions) {
    this.#options = options;
    this.#stops = new StopTexts(stop);
    this.#minJointProbability = minJointProbability;
  }

  /** True once the rest does not matter. */
  get isOver(): boolean {
    return this.#end === 'stop' || this.#end === 'unlikely' || this.#text.length > MAX_ANSWER_CHARACTERS;
  }

  push({ text, logProbabilities, finish, usage }: Chunk): void {
    this.#usage = usage ?? this.#usage;
    if (this.isOver) return;
    if (text !== '') this.#take(text, logProbabilities);
    if (finish !== undefined) this.#end ??= finish === 'length' ? 'length' : 'end';
  }

  /** Returns the finished completion. @param cancelled true if the caller ended it. */
  result(cancelled: boolean): CompletionResult {
    if (!this.isOver) this.#say(this.#stops.end());
    const promptTokens = this.#usage?.promptTokens ?? 0;
    return {
      text: this.#text,
      probability: this.#probability,
      stopReason: cancelled ? 'cancelled' : (this.#end ?? 'end'),
      promptTokens,
      evaluatedTokens: Math.max(0, promptTokens - (this.#usage?.cachedTokens ?? 0)),
      answerTokens: this.#usage?.answerTokens ?? this.#tokens,
    };
  }

  #take(text: string, logProbabilities: readonly number[] | undefined): void {
    this.#tokens += logProbabilities?.length ?? 1;
    if (logProbabilities !== undefined && logProbabilities.length > 0) {
      const joint = logProbabilities.reduce(
        (product, logarithm) => product * Math.exp(logarithm),
        this.#probability ?? 1,
      );
      if (joint < this.#minJointProbability) {
        this.#say(this.#stops.end());
        this.#end = 'unlikely';
        return;
      }
      this.#probability = Math.min(1, joint);
    }
    const { text: kept, stopped } = this.#stops.push(text);
    this.#say(kept);
    if (stopped) this.#end = 'stop';
    else if (this.#text.length > MAX_ANSWER_CHARACTERS) this.#end = 'length';
  }

  #say(text: string): void {
    if (text === '') return;
    this.#text += text;
    this.#options.onPiece?.({ text, probability: this.#probability });
  }
}
