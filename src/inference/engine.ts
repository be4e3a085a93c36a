/** What runs a model, whoever does it: a child process on this machine, or later a server somewhere else. */
import type { Sampling } from '../base/sampling.ts';

/** One message of a conversation, as chat templates take it. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** The life of an engine. `crashed` is left by the next request, which starts a new process. */
export type EngineState = 'unloaded' | 'loading' | 'ready' | 'generating' | 'crashed';

/** What to load, and how. */
export interface LoadOptions {
  /** Absolute path of the GGUF; of the first one where a model is split into shards. */
  readonly modelPath: string;
  /** Context size in tokens; the model's own up to 16,384, as far as memory allows, where absent. */
  readonly contextTokens?: number | undefined;
  /** Threads of generation; all of the machine's math cores but one where absent. */
  readonly threads?: number | undefined;
  /** `auto` takes a GPU where there is one; `off` never does. */
  readonly gpu?: 'auto' | 'off' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @param fraction 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** A model that is ready. */
export interface LoadedModel {
  /** Tokens that fit into one conversation, prompt and answer together. */
  readonly contextTokens: number;
  /** Tokens the model was trained with. */
  readonly trainContextTokens: number;
  readonly threads: number;
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  readonly gpu: string;
  /** Milliseconds. */
  readonly loadMs: number;
  /** Whether the vocabulary has fill-in-the-middle tokens. */
  readonly infill: boolean;
}

/** Sampling and limits of one answer. */
export interface GenerationOptions {
  /** Tokens; what the context leaves where absent. */
  readonly maxTokens?: number | undefined;
  /**
   * What is absent is as llama.cpp has it. Without a temperature the most probable token is taken, except where
   * something here says which tokens to choose from: then it is 0.8.
   */
  readonly sampling?: Sampling | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with each piece of the answer, in order. */
  readonly onText?: ((text: string) => void) | undefined;
}

/** Why an answer ended. */
export type StopReason = 'end' | 'length' | 'cancelled';

/** A finished answer. */
export interface GenerationResult {
  readonly text: string;
  readonly stopReason: StopReason;
  /** Tokens. */
  readonly promptTokens: number;
  /** Tokens. */
  readonly answerTokens: number;
  /** Milliseconds from the request to the first piece of text; undefined where none came. */
  readonly firstTextMs: number | undefined;
  /** Milliseconds from the request to the end. */
  readonly totalMs: number;
}

/** Runs one model. All failures are `ModelError`s. */
export interface Engine {
  readonly state: EngineState;
  readonly loaded: LoadedModel | undefined;
  /** Calls back at every change of {@link state}; returns what ends that. */
  onDidChangeState(listener: (state: EngineState, reason?: string) => void): () => void;
  /** @throws ModelError `gguf-invalid`, `unsupported-artifact`, `out-of-memory`, `engine-unavailable`, `engine-crashed`, `cancelled`. */
  load(options: LoadOptions): Promise<LoadedModel>;
  /**
   * Answers a conversation. A cancelled answer is not an error: it resolves within 100 ms with
   * `stopReason: 'cancelled'` and the text so far.
   * @throws ModelError `context-overflow`, `engine-crashed`, `engine-error`, `no-model`.
   */
  chat(messages: readonly ChatMessage[], options?: GenerationOptions): Promise<GenerationResult>;
  /** Tokens of `text` in the model's vocabulary. @throws ModelError `no-model`, `engine-crashed`. */
  countTokens(text: string, signal?: AbortSignal): Promise<number>;
  /** Frees the model and ends the process. */
  unload(): Promise<void>;
}
