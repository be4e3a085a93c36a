/**
 * Brings the sequence to the beginning of an answer: takes the saved state that shares most with the prompt, and
 * evaluates the rest in batches that can be stopped in between.
 */
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import type { Purpose } from '../../calls/purpose.ts';
import { commonPrefix, type StateStore } from '../states/stateStore.ts';
import type { Turn } from '../turns.ts';
import type { Threads } from './threads.ts';

/**
 * Target duration of a batch in milliseconds, because a running batch cannot be stopped. Batches of 200 ms cost models
 * of 300 million parameters a tenth of the speed.
 */
const BATCH_MS = 500;
/** The same while ghost text is in use, which waits for the batch. */
const SHORT_BATCH_MS = 100;
/** Time after the last ghost text for which it counts as in use, in milliseconds. */
const INFILL_MS = 60_000;
/** Smaller batches cost up to 1.5 times the processor time of a token. */
const MIN_BATCH_TOKENS = 128;
const MAX_BATCH_TOKENS = 512;
/** Tokens that are evaluated again rather than saved: a state has a fixed cost, too. */
const MIN_SAVED_TOKENS = 48;

/** Progress of a prompt. */
export interface EvaluatedPrompt {
  /** Tokens that had to be evaluated. */
  readonly evaluated: number;
  /** True if only the last token of the prompt is left; false if the turn was over before. */
  readonly isWhole: boolean;
}

/** Evaluates prompts on one sequence. */
export class PromptEvaluator {
  readonly #sequence: LlamaContextSequence;
  readonly #threads: Threads;
  readonly #states: StateStore | undefined;
  /** The purpose of the tokens that are in the sequence. */
  #owner: Purpose | undefined;
  #batchTokens = MIN_BATCH_TOKENS;
  #msPerToken = 0;
  #lastInfill = Number.NEGATIVE_INFINITY;

  /** @param states Without it, only the state in the sequence is used. */
  constructor(sequence: LlamaContextSequence, threads: Threads, states: StateStore | undefined) {
    this.#sequence = sequence;
    this.#threads = threads;
    this.#states = states;
  }

  /**
   * Evaluates all tokens but the last one.
   * @param onProgress called with the number of tokens that were evaluated, first with 0.
   */
  async evaluate(
    tokens: readonly Token[],
    turn: Turn,
    onProgress: (evaluated: number) => void,
  ): Promise<EvaluatedPrompt> {
    if (turn.purpose === 'infill') this.#lastInfill = performance.now();
    const wanted = tokens.slice(0, -1);
    await this.#restore(wanted, turn.purpose);
    const rest = wanted.slice(this.#sequence.nextTokenIndex);
    onProgress(0);
    let done = 0;
    while (done < rest.length && !turn.isCancelled && !turn.mustGiveWay) {
      done += await this.#evaluateBatch(rest.slice(done, done + this.#batchTokens));
      onProgress(done);
    }
    const isWhole = done >= rest.length;
    // Models that cannot forget their end go back to a checkpoint instead.
    if (isWhole && rest.length > MIN_SAVED_TOKENS && this.#sequence.needsCheckpoints)
      await this.#sequence.takeCheckpoint();
    return { evaluated: done, isWhole };
  }

  /** Makes the sequence a prefix of `wanted`, as long as possible. */
  async #restore(wanted: readonly Token[], purpose: Purpose): Promise<void> {
    const sequence = this.#sequence;
    const shared = this.#usable(commonPrefix(sequence.contextTokens, wanted));
    const saved = this.#states?.best(wanted);
    const isBetter = saved !== undefined && saved.shared > shared + MIN_SAVED_TOKENS;
    await this.#keep(isBetter ? 0 : shared, purpose);
    if (isBetter && (await this.#states?.load(saved.state, sequence)) !== true) await sequence.clearHistory();
    this.#owner = purpose;
    const { firstDifferentIndex } = sequence.compareContextTokens([...wanted]);
    // The library would evaluate everything again without a pause.
    if (this.#usable(firstDifferentIndex) === 0) await sequence.clearHistory();
    else await sequence.adaptStateToTokens([...wanted], false);
  }

  /** Returns how many of the first `shared` tokens of the sequence can be kept. */
  #usable(shared: number): number {
    const sequence = this.#sequence;
    if (shared === 0 || shared >= sequence.nextTokenIndex) return shared;
    return sequence.getRestoreToPrefixIndexEvaluationSize(shared - 1) > MAX_BATCH_TOKENS ? 0 : shared;
  }

  /** Saves the state of the sequence if dropping everything behind `shared` tokens would lose more than it costs. */
  async #keep(shared: number, next: Purpose): Promise<void> {
    const lost = this.#sequence.nextTokenIndex - shared;
    // Each key of ghost text replaces the end of the prompt, which never comes back.
    const isReplaced = this.#owner === 'infill' && next === 'infill';
    if (this.#states === undefined || isReplaced || lost < MIN_SAVED_TOKENS) return;
    await this.#states.save(this.#sequence, lost * this.#msPerToken);
  }

  async #evaluateBatch(batch: readonly Token[]): Promise<number> {
    this.#threads.adjust();
    const start = performance.now();
    await this.#sequence.evaluateWithoutGeneratingNewTokens([...batch]);
    const ms = Math.max(1, performance.now() - start);
    // Short batches cost more than their share.
    if (batch.length >= MIN_BATCH_TOKENS || this.#msPerToken === 0) this.#msPerToken = ms / batch.length;
    const target = performance.now() - this.#lastInfill < INFILL_MS ? SHORT_BATCH_MS : BATCH_MS;
    // At most doubled, so that one fast batch does not cause a long one.
    const next = Math.min(Math.round(target / this.#msPerToken), this.#batchTokens * 2, MAX_BATCH_TOKENS);
    this.#batchTokens = Math.max(next, MIN_BATCH_TOKENS);
    return batch.length;
  }
}
