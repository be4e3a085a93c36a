/**
 * The generation loop: everything that a model writes here, be it chat, an edit, a completion or an infill, comes from
 * it. It evaluates what the sequence does not have yet, then takes token after token until the model, a stop text, a
 * limit or the caller ends it. It gives way to a more urgent request between two tokens or two batches of the prompt,
 * and goes on from the saved state afterwards.
 */
import type { LlamaGrammarEvaluationState, Token } from 'node-llama-cpp';
import { StopTexts } from '../../../stopTexts.ts';
import type { HostModel } from '../load/loadModel.ts';
import type { Turn } from '../turns.ts';
import { Detokenizer } from './detokenizer.ts';
import { LoopGuard } from './loopGuard.ts';
import { PromptLookup } from './promptLookup.ts';
import { isGreedy, type TokenChoice } from './sampling.ts';
import { draftedTokens, probableTokens, sampledTokens, type TokenSource } from './tokenSources.ts';

/** Everything that decides an answer. */
export interface GenerationPlan {
  readonly prompt: readonly Token[];
  /** At least 1. */
  readonly maxTokens: number;
  readonly choice: TokenChoice;
  readonly stop: readonly string[];
  /** Text that the answer begins with; only with probabilities. */
  readonly begin?: string | undefined;
  /** Ends the answer before the token that takes the joint probability below it, 0 to 1. */
  readonly minJointProbability?: number | undefined;
  /** Tells if pieces carry their joint probability. */
  readonly withProbability?: boolean | undefined;
  /** Tokens that the answer will mostly repeat. */
  readonly copied?: readonly Token[] | undefined;
  readonly grammar?: LlamaGrammarEvaluationState | undefined;
  /** Tells if the answer ends at a special token, such as a mark of fill-in-the-middle. */
  readonly endsAtMarks?: boolean | undefined;
  /** Tells if an answer that goes round in circles is ended. */
  readonly guardsLoops?: boolean | undefined;
}

/** The reason an answer ended. */
export type GenerationEnd = 'end' | 'stop' | 'length' | 'unlikely' | 'loop' | 'cancelled';

/** A piece of the answer as it came. */
export interface RawPiece {
  readonly text: string;
  /** Tokens since the previous piece. */
  readonly tokens: number;
  /** Joint probability of the whole answer so far. */
  readonly probability: number | undefined;
}

/** Receives an answer. */
export interface GenerationListener {
  /** Progress of the prompt in tokens; `evaluated` counts only those that were new to the sequence. */
  onPrompt(evaluated: number, total: number): void;
  onPiece(piece: RawPiece): void;
  /** Returns tokens to take in place of the last one, such as the end of a thought that takes too long. */
  steer?(last: Token): readonly Token[] | undefined;
}

/** A finished answer. */
export interface GenerationResult {
  readonly end: GenerationEnd;
  /** Prompt tokens that had to be evaluated. */
  readonly evaluatedTokens: number;
  readonly answerTokens: number;
  /** Batches that were decoded for the answer; fewer than its tokens if drafts were right. */
  readonly decodes: number;
}

/** Answers a plan on the host's sequence. @throws any error of the library. */
export async function generate(
  host: HostModel,
  plan: GenerationPlan,
  turn: Turn,
  listener: GenerationListener,
): Promise<GenerationResult> {
  return new Generation(host, plan, turn, listener).run();
}

class Generation {
  readonly #host: HostModel;
  readonly #plan: GenerationPlan;
  readonly #turn: Turn;
  readonly #listener: GenerationListener;
  readonly #answer: Token[] = [];
  readonly #stops: StopTexts;
  readonly #guard = new LoopGuard();
  readonly #lookup: PromptLookup | undefined;
  readonly #text: Detokenizer;
  #evaluated = 0;
  #decodes = 0;
  #joint = 1;
  /** Characters of the answer. */
  #characters = 0;
  /** Tokens that no piece has told yet. */
  #untold = 0;

  constructor(host: HostModel, plan: GenerationPlan, turn: Turn, listener: GenerationListener) {
    this.#host = host;
    this.#plan = plan;
    this.#turn = turn;
    this.#listener = listener;
    this.#stops = new StopTexts(plan.stop);
    this.#text = new Detokenizer(host.vocabulary.text, plan.prompt);
    const { isRecurrent, isHybrid } = host.model.fileInsights;
    // States of recurrent layers cannot forget a draft that was wrong.
    const canForget = !isRecurrent && !isHybrid;
    const canDraft = canForget && isGreedy(plan.choice) && plan.grammar === undefined;
    if (plan.copied !== undefined && canDraft) this.#lookup = new PromptLookup(plan.copied);
  }

  async run(): Promise<GenerationResult> {
    let end: GenerationEnd | undefined;
    while (end === undefined) {
      await this.#turn.begin();
      if (this.#turn.isCancelled) end = 'cancelled';
      else end = (await this.#evaluatePrompt()) ? await this.#stretch() : undefined;
      if (this.#turn.isCancelled) end ??= 'cancelled';
      if (end === undefined) this.#turn.pause();
    }
    this.#finish(end);
    return {
      end,
      evaluatedTokens: this.#evaluated,
      answerTokens: this.#answer.length,
      decodes: this.#decodes,
    };
  }

  /** Returns true when only the last token is left to evaluate, and false if the turn is over before. */
  async #evaluatePrompt(): Promise<boolean> {
    const { prompt } = this.#plan;
    const isFirst = this.#answer.length === 0;
    const before = this.#evaluated;
    const { evaluated, isWhole } = await this.#host.prompts.evaluate(
      [...prompt, ...this.#answer],
      this.#turn,
      (count) => {
        if (isFirst) this.#listener.onPrompt(before + count, prompt.length);
      },
    );
    if (isFirst) this.#evaluated += evaluated;
    return isWhole;
  }

  /** Generates until the answer ends, or returns undefined if it has to be paused. */
  async #stretch(): Promise<GenerationEnd | undefined> {
    const source = this.#source();
    let forced: readonly Token[] | undefined;
    try {
      for (;;) {
        if (this.#turn.isCancelled) return 'cancelled';
        if (this.#turn.mustGiveWay) return undefined;
        this.#host.threads.adjust();
        this.#decodes++;
        const tokens = await source.next(forced);
        if (tokens.length === 0) return 'end';
        for (const { token, probability } of tokens) {
          const end = this.#take(token, probability);
          if (end !== undefined) return end;
          forced = this.#steer();
          // Other tokens follow than those that were drafted.
          if (forced !== undefined) break;
        }
        if (this.#answer.length >= this.#plan.maxTokens) return 'length';
      }
    } finally {
      await source.close();
    }
  }

  #source(): TokenSource {
    const { prompt, choice, grammar, begin = '', withProbability, minJointProbability } = this.#plan;
    const last = this.#answer.at(-1) ?? prompt.at(-1);
    if (last === undefined) throw new Error('The prompt is empty');
    const { sequence, vocabulary } = this.#host;
    const start = { sequence, last, answer: this.#answer };
    if (withProbability === true || minJointProbability !== undefined) {
      return probableTokens(start, vocabulary.text, begin.slice(this.#characters));
    }
    if (this.#lookup !== undefined) return draftedTokens(start, this.#lookup);
    return sampledTokens(start, choice, grammar);
  }

  #take(token: Token, probability: number | undefined): GenerationEnd | undefined {
    const { minJointProbability = 0, maxTokens, guardsLoops, endsAtMarks } = this.#plan;
    if (endsAtMarks === true && this.#host.vocabulary.isMark(token)) return 'end';
    const joint = this.#joint * (probability ?? 1);
    if (joint < minJointProbability) return 'unlikely';
    this.#joint = joint;
    this.#answer.push(token);
    this.#lookup?.push(token);
    this.#untold++;
    const whole = this.#text.push(token);
    this.#characters += whole.length;
    const { text, stopped } = this.#stops.push(whole);
    this.#tell(text);
    if (stopped) return 'stop';
    if (guardsLoops === true && this.#guard.push(token)) return 'loop';
    return this.#answer.length >= maxTokens ? 'length' : undefined;
  }

  #steer(): readonly Token[] | undefined {
    const last = this.#answer.at(-1);
    if (last === undefined) return undefined;
    const room = this.#plan.maxTokens - this.#answer.length;
    const forced = this.#listener.steer?.(last)?.slice(0, 1 + room);
    if (forced === undefined) return undefined;
    // The answer already has the last token, which comes first among the forced ones.
    for (const token of forced.slice(1)) this.#take(token, undefined);
    return forced;
  }

  #tell(text: string): void {
    if (text === '') return;
    const isKnown = this.#plan.withProbability === true || this.#plan.minJointProbability !== undefined;
    const probability = isKnown ? this.#joint : undefined;
    this.#listener.onPiece({ text, tokens: this.#untold, probability });
    this.#untold = 0;
  }

  /** Tells what was held back, unless it belongs to a stop text. */
  #finish(end: GenerationEnd): void {
    if (end === 'stop') return;
    const { text, stopped } = this.#stops.push(this.#text.end());
    this.#tell(stopped ? text : text + this.#stops.end());
  }
}
