/**
 * Completes code at the cursor with one model: the text around the cursor, the model's fill-in-the-middle format, a gate
 * on the joint probability, rules about code, and no request that typing has made needless.
 */
import { isModelError } from '../../base/error.ts';
import { type FimFormat, hole as holeOfServer } from '../../inference/format/fim/index.ts';
import type { Capabilities, InfillRequest } from '../../inference/index.ts';
import { Gate } from './gate.ts';
import { type Ghost, GhostCache } from './ghostCache.ts';
import { GhostRequest } from './ghostRequest.ts';
import { type Hole, holeAt, lineBehind, type Place, wordBefore } from './place.ts';
import { isProse } from './prose.ts';
import { RULES } from './rules/index.ts';
import { oneLine } from './rules/oneLine.ts';
import { applyRules, isBlank, type Rule } from './rules/rule.ts';
import { Slowness } from './slowness.ts';
import { TypingPace } from './typingPace.ts';

/**
 * Least joint probability of a completion. Of those above 0.7, 64 to 97 % were right to the letter, of those between 0.5
 * and 0.7 57 %; with this gate four to nine times fewer wrong characters are shown than with a mean.
 */
const MIN_JOINT_PROBABILITY = 0.7;
/** Tokens of a completion, which is a statement or a block. */
const MAX_TOKENS = 128;
/** Milliseconds after its first piece when a completion is shown as far as it is. */
const MAX_MS = 1_500;
/** Tokens of the text around the cursor, of which up to a quarter is suffix. */
const HOLE_TOKENS = 1_536;
/** Tokens of texts of other places; they are evaluated once for many completions. */
const SURROUNDING_TOKENS = 1_024;
/** Characters that the length of a token in a document is measured with. */
const SAMPLE_CHARACTERS = 4_096;
/** All that is left of a completion that the gate cut after a `return` or so, which nobody needs and many are wrong. */
const ONE_WORD = /^\s*\w*$/;
/** Characters before the cursor in which a comment is looked for. */
const PROSE_CHARACTERS = 4_096;
/** Documents whose length of a token is kept. */
const MAX_DOCUMENTS = 32;

/** The capabilities of an engine that completions use. */
export type CompletionEngine = Pick<Capabilities, 'infill' | 'count'>;

/** Options of {@link createCompleter}. */
export interface CompleterOptions {
  readonly engine: CompletionEngine;
  readonly format: FimFormat;
  /** Tells if the engine can begin with a text that is given ({@link InfillRequest.begin}). Defaults to false. */
  readonly takesBegin?: boolean | undefined;
  /** Tokens that the engine's context has. */
  readonly contextTokens: number;
  /** The lowest gate; 0 for none. Defaults to 0.7. */
  readonly minJointProbability?: number | undefined;
  /** Defaults to all. */
  readonly rules?: readonly Rule[] | undefined;
  /** Tells if the completion behind one that is shown is asked for before the user takes it. Defaults to true. */
  readonly prefetches?: boolean | undefined;
  /** Defaults to 1,500. */
  readonly maxMs?: number | undefined;
  /** Waits before a request. Defaults to a timer. @param ms milliseconds. */
  readonly pause?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Milliseconds on any clock. Defaults to `performance.now`. */
  readonly now?: (() => number) | undefined;
}

/** Options of one completion. */
export interface CompleteOptions {
  readonly signal?: AbortSignal | undefined;
  /** True if the user asked for it: it comes at once, and also if it is not likely to be right. */
  readonly isExplicit?: boolean | undefined;
  /** True if prose in comments is completed, too. Defaults to false. */
  readonly inComments?: boolean | undefined;
}

/** Completes code. */
export interface Completer {
  /**
   * Returns the completion at a place, or undefined if there is none to show or the signal was aborted.
   * @throws ModelError as the engine.
   */
  complete(place: Place, options?: CompleteOptions): Promise<Ghost | undefined>;
  /**
   * Lets the engine evaluate the text around a place, so that the first completion there comes as fast as the others. Any
   * completion that is asked for ends this, and it does nothing while one runs.
   * @throws ModelError as the engine.
   */
  warm(place: Place, signal?: AbortSignal): Promise<void>;
  /** True if most of the latest completions came after the user had typed on. */
  readonly isSlow: boolean;
  /** Ends whatever runs. */
  dispose(): void;
}

export function createCompleter(options: CompleterOptions): Completer {
  return new ModelCompleter(options);
}

class ModelCompleter implements Completer {
  readonly #options: CompleterOptions;
  readonly #rules: readonly Rule[];
  readonly #now: () => number;
  readonly #pause: NonNullable<CompleterOptions['pause']>;
  readonly #cache = new GhostCache();
  readonly #gate: Gate;
  readonly #pace = new TypingPace();
  /** Characters of a token by document. */
  readonly #tokenLengths = new Map<string, number>();
  readonly #slowness = new Slowness();
  #running: GhostRequest | undefined;
  #warming: AbortController | undefined;
  #isDisposed = false;
  /** Milliseconds that requests take, the latest ones counting most. */
  #expectedMs = 0;

  constructor(options: CompleterOptions) {
    this.#options = options;
    this.#rules = options.rules ?? RULES;
    this.#now = options.now ?? (() => performance.now());
    this.#pause = options.pause ?? pause;
    this.#gate = new Gate(options.minJointProbability ?? MIN_JOINT_PROBABILITY);
  }

  async complete(place: Place, options: CompleteOptions = {}): Promise<Ghost | undefined> {
    const found = await this.#find(place, options);
    if (found === undefined || options.signal?.aborted === true) return undefined;
    if (options.isExplicit !== true) this.#gate.show(found.hole, found.ghost);
    void this.#prefetch(place, found.ghost, options);
    return found.ghost;
  }

  get isSlow(): boolean {
    return this.#slowness.isSlow;
  }

  async warm(place: Place, signal?: AbortSignal): Promise<void> {
    if (isBlank(place.prefix) && isBlank(place.suffix)) return;
    const hole = await this.#holeAt(place, signal);
    if (hole === undefined || this.#isBusy) return;
    const warming = new AbortController();
    this.#warming = warming;
    const signals = [warming.signal, ...(signal === undefined ? [] : [signal])];
    const request = { ...this.#asked(hole), maxTokens: 1 };
    try {
      await this.#options.engine.infill(request, { signal: AbortSignal.any(signals) });
    } catch (error) {
      // The first completion asks with less text.
      if (!isModelError(error, 'context-overflow')) throw error;
    } finally {
      if (this.#warming === warming) this.#warming = undefined;
    }
  }

  get #isBusy(): boolean {
    return this.#isDisposed || this.#warming !== undefined || this.#running?.isRunning === true;
  }

  /** Asks for the completion behind one that is shown: about half of those who take one want to see the next. */
  async #prefetch(place: Place, { text }: Ghost, { inComments }: CompleteOptions): Promise<void> {
    if (this.#options.prefetches === false) return;
    const taken = { ...place, prefix: place.prefix + text };
    if (this.#isBusy || (inComments !== true && endsInProse(taken))) return;
    // Nobody would learn of a failure to measure tokens.
    if (!this.#tokenLengths.has(place.document)) return;
    const hole = await this.#holeAt(taken, undefined);
    if (hole === undefined || this.#isBusy || this.#cache.find(hole) !== undefined) return;
    this.#running = new GhostRequest(hole, (...given) => this.#generate(...given, false));
  }

  async #find(
    place: Place,
    { signal, isExplicit = false, inComments = false }: CompleteOptions,
  ): Promise<{ hole: Hole; ghost: Ghost } | undefined> {
    this.#pace.note(place, this.#now());
    if (isBlank(place.prefix) && isBlank(place.suffix)) return undefined;
    if (!isExplicit && !inComments && endsInProse(place)) return undefined;
    const hole = await this.#holeAt(place, signal);
    if (hole === undefined) return undefined;
    this.#warming?.abort();
    this.#warming = undefined;
    this.#gate.see(hole);
    const known = this.#cache.find(hole);
    if (known === 'nothing' && !isExplicit) return undefined;
    if (known !== undefined && known !== 'nothing') return { hole, ghost: known };
    if (!isExplicit && this.#running?.agreesWith(hole) === true) {
      const found = await this.#running.follow(hole, signal);
      if (found !== 'contradicted') return found && { hole, ghost: found };
    } else {
      this.#running?.abort();
      if (!isExplicit) await this.#pause(this.#pace.delayMs(place, this.#expectedMs), signal);
    }
    if (signal?.aborted === true) return undefined;
    this.#running?.abort();
    const request = new GhostRequest(hole, (...given) => this.#generate(...given, isExplicit));
    this.#running = request;
    const found = await request.follow(hole, signal);
    return found === 'contradicted' || found === undefined ? undefined : { hole, ghost: found };
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#running?.abort();
    this.#warming?.abort();
  }

  async #holeAt(place: Place, signal: AbortSignal | undefined): Promise<Hole | undefined> {
    let length = this.#tokenLengths.get(place.document);
    if (length === undefined) {
      const sample =
        place.prefix.slice(-SAMPLE_CHARACTERS / 2) + place.suffix.slice(0, SAMPLE_CHARACTERS / 2);
      length = sample.length / Math.max(1, await this.#options.engine.count(sample));
      if (signal?.aborted === true) return undefined;
      this.#setTokenLength(place.document, length);
    }
    const { contextTokens } = this.#options;
    const room = Math.max(16, Math.min(HOLE_TOKENS, Math.floor(contextTokens / 2)));
    const around = Math.min(SURROUNDING_TOKENS, Math.floor(contextTokens / 4));
    return holeAt(place, {
      surroundingCharacters: Math.floor(around * length),
      prefixCharacters: Math.floor(room * 0.75 * length),
      suffixCharacters: Math.floor(room * 0.25 * length),
    });
  }

  #setTokenLength(document: string, characters: number): void {
    this.#tokenLengths.delete(document);
    this.#tokenLengths.set(document, characters);
    const [oldest] = this.#tokenLengths.keys();
    if (this.#tokenLengths.size > MAX_DOCUMENTS && oldest !== undefined) this.#tokenLengths.delete(oldest);
  }

  /** An engine that writes its model's marks by itself writes those of files, too. */
  #asked({ prefix, suffix, surroundings }: Hole): Pick<InfillRequest, 'prompt' | 'surroundings'> {
    const { format } = this.#options;
    if (surroundings === undefined || format === holeOfServer)
      return { prompt: format.prompt({ prefix, suffix }), surroundings };
    const { prompt } = format.repository ?? format;
    return { prompt: prompt({ prefix, suffix }, surroundings) };
  }

  async #generate(
    hole: Hole,
    signal: AbortSignal,
    onText: (text: string) => void,
    isExplicit: boolean,
  ): Promise<Ghost | undefined> {
    const { engine, format, maxMs = MAX_MS } = this.#options;
    const enough = new AbortController();
    const startedAt = this.#now();
    let timer: NodeJS.Timeout | undefined;
    const begin = this.#options.takesBegin === true ? wordBefore(hole) : '';
    const prefix = hole.prefix.slice(0, hole.prefix.length - begin.length);
    let written = '';
    let kept = '';
    let probability: number | undefined;
    let isUnlikely = false;
    const isOneLine = this.#rules.includes(oneLine) && !isBlank(lineBehind(hole));
    try {
      const { stopReason } = await engine.infill(
        {
          ...this.#asked({ ...hole, prefix }),
          begin: begin === '' ? undefined : begin,
          maxTokens: MAX_TOKENS,
          minJointProbability: isExplicit ? undefined : this.#gate.value,
          // The engine ends sooner than a message to it arrives.
          stop: isOneLine ? [...format.stop, '\n'] : format.stop,
        },
        {
          signal: AbortSignal.any([signal, enough.signal]),
          onPiece: (piece) => {
            if (enough.signal.aborted) return;
            timer ??= setTimeout(() => enough.abort(), maxMs);
            written += piece.text;
            probability = piece.probability;
            if (!written.startsWith(begin)) return;
            const text = written.slice(begin.length);
            const ruled = applyRules(this.#rules, text, hole, false);
            kept = ruled.text;
            if (ruled.isEnded) enough.abort();
            else onText(kept);
          },
        },
      );
      isUnlikely = stopReason === 'unlikely';
      // Another window's request, or an explicit one, took its place.
      if (signal.aborted || (stopReason === 'cancelled' && !enough.signal.aborted)) return undefined;
    } catch (error) {
      if (!isModelError(error, 'context-overflow')) throw error;
      // The part of the document that was measured has longer tokens than this one.
      this.#setTokenLength(hole.document, (this.#tokenLengths.get(hole.document) ?? 1) / 2);
      return undefined;
    } finally {
      clearTimeout(timer);
      const ms = this.#now() - startedAt;
      this.#expectedMs = 0.7 * this.#expectedMs + 0.3 * ms;
      this.#slowness.note(ms, this.#pace.intervalMs, !signal.aborted);
    }
    const ruled = applyRules(this.#rules, kept, hole, true).text.trimEnd();
    const final = isUnlikely && ONE_WORD.test(ruled) ? '' : ruled;
    const ghost = isBlank(final) ? undefined : { text: final, probability };
    this.#cache.add(hole, ghost);
    return ghost;
  }
}

function endsInProse({ prefix }: Place): boolean {
  return isProse(prefix.slice(-PROSE_CHARACTERS));
}

/** Waits unless the signal is aborted before. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) end();
  });
}
