/** Whatever runs a model: a process on this machine, or a server somewhere else. */
import { ModelError } from '../base/error.ts';
import type { AnswerOptions, ChatRequest, ChatResult } from './chat.ts';
import type {
  CompletionOptions,
  CompletionRequest,
  CompletionResult,
  InfillRequest,
  Score,
} from './completion.ts';
import type { ModelSource } from './modelSource.ts';

/** The life of an engine. The next request leaves `crashed` by starting a new process. */
export type EngineState = 'unloaded' | 'loading' | 'ready' | 'generating' | 'crashed';

/** How to load a model. */
export interface LoadOptions {
  /** Context size in tokens. Defaults to the model's own up to 16,384, as far as memory allows. */
  readonly contextTokens?: number | undefined;
  /** Threads of generation. Defaults to all of the machine's math cores but one. */
  readonly threads?: number | undefined;
  /** `auto` takes a GPU if there is one; `off` never does. */
  readonly gpu?: 'auto' | 'off' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @param fraction 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** A model that is ready: with what it was loaded, and not what was asked for. */
export interface LoadedModel {
  /** Tokens that fit into one conversation, prompt and answer together. */
  readonly contextTokens: number;
  /** Tokens that the model was trained with. */
  readonly trainContextTokens: number;
  readonly threads: number;
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  readonly gpu: string;
  /** Milliseconds. */
  readonly loadMs: number;
  /** Tells if the vocabulary has fill-in-the-middle tokens. */
  readonly infill: boolean;
}

/**
 * What a model can be asked for. An engine has those that it can do. All fail with `ModelError`s, at least
 * `engine-crashed`, `engine-error`, `no-model`. A cancelled request is no error: it resolves within 100 ms with the
 * text so far.
 */
export interface Capabilities {
  /** Answers a conversation. @throws ModelError `context-overflow`. */
  chat(request: ChatRequest, options?: AnswerOptions): Promise<ChatResult>;
  /** Continues a text. @throws ModelError `context-overflow`. */
  complete(request: CompletionRequest, options?: CompletionOptions): Promise<CompletionResult>;
  /** Fills in what is between two texts. @throws ModelError `context-overflow`. */
  infill(request: InfillRequest, options?: CompletionOptions): Promise<CompletionResult>;
  /** Tells how likely `text` is behind `prompt`. @throws ModelError `context-overflow`, `cancelled`. */
  score(prompt: InfillRequest['prompt'], text: string, signal?: AbortSignal): Promise<Score>;
  /** Tokens of `text` in the model's vocabulary. @throws ModelError `cancelled`. */
  count(text: string, signal?: AbortSignal): Promise<number>;
}

/** Runs one model. */
export interface Engine extends Partial<Capabilities> {
  readonly state: EngineState;
  /** Undefined while there is no model. */
  readonly loaded: LoadedModel | undefined;
  /** Calls back at every change of {@link state}. @returns a function that ends that. */
  onDidChangeState(listener: (state: EngineState, reason?: string) => void): () => void;
  /** @throws ModelError `gguf-invalid`, `unsupported-artifact`, `out-of-memory`, `engine-unavailable`, `engine-crashed`, `cancelled`. */
  load(source: ModelSource, options?: LoadOptions): Promise<LoadedModel>;
  /** Frees the model. */
  unload(): Promise<void>;
}

/**
 * One capability of an engine, bound to it.
 * @throws ModelError `engine-error` if the engine cannot do that.
 */
export function capability<C extends keyof Capabilities>(engine: Engine, name: C): Capabilities[C] {
  const found = engine[name];
  if (found === undefined) {
    throw new ModelError(
      'engine-error',
      `What runs this model cannot do this (${name}). Choose another model.`,
    );
  }
  return found.bind(engine) as Capabilities[C];
}
