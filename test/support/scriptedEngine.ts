/** An engine that runs in the test itself and says what it is told to, with every capability of the contract. */
import { ModelError, throwIfCancelled } from '../../src/base/error.ts';
import { asLocalized } from '../../src/base/l10n.ts';
import { Listeners } from '../../src/base/listeners.ts';
import type { EngineKind } from '../../src/engine/index.ts';
import type {
  AnswerEvent,
  Capabilities,
  ChatRequest,
  ChatResult,
  CompletionOptions,
  CompletionResult,
  Engine,
  EngineState,
  InfillRequest,
  LoadedModel,
  ModelSource,
} from '../../src/inference/index.ts';

type Piece = readonly [text: string, probability: number];

/** What it says. A token is a word. */
export interface Script {
  /** Events of an answer before its usage. */
  readonly answer: readonly AnswerEvent[];
  readonly completion?: string;
  /** Pieces of a completion, each with the joint probability so far. The gate and stop texts apply as in an engine. */
  readonly infill?: (prompt: string, signal: AbortSignal) => Iterable<Piece> | AsyncIterable<Piece>;
  /** The logarithm of a text's probability. Defaults to minus one a word. */
  readonly score?: (prompt: string, text: string) => number;
  /** Texts of the special tokens. Defaults to none. */
  readonly marks?: readonly string[];
  readonly contextTokens?: number;
  /** The reason an answer ends. Defaults to what its events say. */
  readonly stopReason?: ChatResult['stopReason'];
}

function words(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

/** @see EngineKind */
export class ScriptedEngine implements Engine, Capabilities {
  readonly #script: Script;
  readonly #listeners = new Listeners<[state: EngineState]>();
  #state: EngineState = 'unloaded';
  #loaded: LoadedModel | undefined;
  /** The source that was loaded last. */
  source: ModelSource | undefined;
  /** All requests to fill in. */
  readonly infills: InfillRequest[] = [];
  /** All conversations to answer. */
  readonly chats: ChatRequest[] = [];

  constructor(script: Script) {
    this.#script = script;
  }

  get state(): EngineState {
    return this.#state;
  }

  get loaded(): LoadedModel | undefined {
    return this.#loaded;
  }

  onDidChangeState(listener: (state: EngineState) => void): () => void {
    return this.#listeners.add(listener);
  }

  async load(source: ModelSource): Promise<LoadedModel> {
    this.source = source;
    const contextTokens = this.#script.contextTokens ?? 512;
    this.#loaded = {
      contextTokens,
      trainContextTokens: contextTokens,
      threads: 1,
      gpu: 'cpu',
      loadMs: 0,
      infill: true,
    };
    this.#become('ready');
    return this.#loaded;
  }

  async unload(): Promise<void> {
    this.#loaded = undefined;
    this.#become('unloaded');
  }

  chat: Capabilities['chat'] = async (request, { signal, onEvent } = {}) => {
    this.#requireModel();
    this.chats.push(request);
    const { messages } = request;
    this.#become('generating');
    const promptTokens = messages.reduce((sum, { content }) => sum + words(content), 0);
    const said: AnswerEvent[] = [];
    for (const event of this.#script.answer) {
      if (signal?.aborted) break;
      said.push(event);
      onEvent?.(event);
    }
    this.#become('ready');
    const ended = result(said, promptTokens, signal?.aborted === true);
    return { ...ended, stopReason: this.#script.stopReason ?? ended.stopReason };
  };

  complete: Capabilities['complete'] = async ({ prompt }, options) => this.#continue(prompt, options);

  infill: Capabilities['infill'] = async (request, options = {}) => {
    const { infill } = this.#script;
    const prompt = plain(request.prompt);
    this.infills.push(request);
    if (infill === undefined) return this.#continue(prompt, options);
    this.#requireModel();
    const { signal = new AbortController().signal, onPiece } = options;
    let text = '';
    let joint: number | undefined;
    const end = (stopReason: CompletionResult['stopReason']): CompletionResult => {
      const promptTokens = words(prompt);
      const answerTokens = words(text);
      return {
        text,
        probability: joint,
        stopReason,
        promptTokens,
        evaluatedTokens: promptTokens,
        answerTokens,
      };
    };
    for await (const [piece, probability] of infill(prompt, signal)) {
      if (signal.aborted) return end('cancelled');
      if (probability < (request.minJointProbability ?? 0)) return end('unlikely');
      const stops = (request.stop ?? []).map((stop) => (text + piece).indexOf(stop)).filter((at) => at >= 0);
      const kept = stops.length === 0 ? piece : (text + piece).slice(text.length, Math.min(...stops));
      text += kept;
      joint = probability;
      onPiece?.({ text: kept, probability });
      if (stops.length > 0) return end('stop');
    }
    return end(signal.aborted ? 'cancelled' : 'end');
  };

  score: Capabilities['score'] = async (prompt, text, signal) => {
    throwIfCancelled(signal);
    this.#requireModel();
    const tokens = words(text);
    return { logProbability: this.#script.score?.(plain(prompt), text) ?? -tokens, tokens };
  };

  marks: Capabilities['marks'] = async (signal) => {
    throwIfCancelled(signal);
    this.#requireModel();
    return this.#script.marks ?? [];
  };

  count: Capabilities['count'] = async (text, signal) => {
    throwIfCancelled(signal);
    this.#requireModel();
    return words(text);
  };

  #continue(prompt: string, { onPiece }: CompletionOptions = {}): CompletionResult {
    this.#requireModel();
    const text = this.#script.completion ?? '';
    onPiece?.({ text, probability: 1 });
    const answerTokens = words(text);
    const promptTokens = words(prompt);
    return {
      text,
      probability: 1,
      stopReason: 'end',
      promptTokens,
      evaluatedTokens: promptTokens,
      answerTokens,
    };
  }

  #requireModel(): void {
    if (this.#loaded === undefined)
      throw new ModelError('no-model', asLocalized('No model is loaded. Load one first.'));
  }

  #become(state: EngineState): void {
    this.#state = state;
    this.#listeners.fire(state);
  }
}

function plain(prompt: InfillRequest['prompt']): string {
  return prompt.map((part) => (typeof part === 'string' ? part : part.mark)).join('');
}

function result(said: readonly AnswerEvent[], promptTokens: number, isCancelled: boolean): ChatResult {
  const joined = (type: 'text' | 'thought'): string =>
    said.map((event) => (event.type === type ? event.text : '')).join('');
  const toolCalls = said.flatMap((event) => (event.type === 'toolCall' ? [event.call] : []));
  const [text, thought] = [joined('text'), joined('thought')];
  return {
    text,
    thought,
    toolCalls,
    stopReason: isCancelled ? 'cancelled' : toolCalls.length > 0 ? 'toolCalls' : 'end',
    promptTokens,
    evaluatedTokens: promptTokens,
    answerTokens: words(text) + words(thought),
    firstTextMs: text === '' ? undefined : 0,
    totalMs: 0,
  };
}

/** A kind of engine that runs everything. @param created gets each engine that it makes. */
export function scriptedKind(script: Script, created: ScriptedEngine[] = []): EngineKind {
  return {
    name: 'scripted',
    accepts: () => true,
    create: () => {
      const engine = new ScriptedEngine(script);
      created.push(engine);
      return engine;
    },
  };
}
