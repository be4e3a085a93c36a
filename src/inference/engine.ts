/** The interface of anything that runs a model: a process on this machine, or a server somewhere else. */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import type { AnswerOptions, ChatRequest, ChatResult } from './chat.ts';
import type {
  CompletionOptions,
  CompletionRequest,
  CompletionResult,
  InfillRequest,
  Score,
} from './completion.ts';
import type { ModelSource } from './modelSource.ts';

/** The states of an engine. From `crashed` the next request recovers by starting a new process. */
export type EngineState = 'unloaded' | 'loading' | 'ready' | 'generating' | 'crashed';

/** Types of the numbers in a context's cache; `f16` is llama.cpp's own, the others take about a half and a quarter. */
export const CACHE_TYPES = ['f16', 'q8_0', 'q4_0'] as const;
export type CacheType = (typeof CACHE_TYPES)[number];

/** Everything that decides how a model is loaded. */
export interface LoadSettings {
  /** Context size in tokens. Defaults to that of the model, up to 16,384 and as far as memory allows. */
  readonly contextTokens?: number | undefined;
  /** Threads. Defaults to all of the machine's math cores while it is idle otherwise, and to all but one while not. */
  readonly threads?: number | undefined;
  /** `auto` uses a GPU if there is one; `off` never does. */
  readonly gpu?: 'auto' | 'off' | undefined;
  /** Layers in the GPU's memory. Defaults to as many as fit. */
  readonly gpuLayers?: number | undefined;
  /** Absolute paths of LoRA adapters to apply. */
  readonly adapters?: readonly string[] | undefined;
  /** Defaults to `f16`. */
  readonly cacheType?: CacheType | undefined;
}

/** Options to load a model. */
export interface LoadOptions extends LoadSettings {
  readonly signal?: AbortSignal | undefined;
  /** @param fraction 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** Returns a text that is the same for settings that load a model in the same way. */
export function loadKey(settings: LoadSettings): string {
  const { contextTokens, threads, gpu, gpuLayers, adapters, cacheType } = settings;
  return JSON.stringify([contextTokens, threads, gpu, gpuLayers, adapters, cacheType]);
}

/** A loaded model, with the options it was actually loaded with rather than those requested. */
export interface LoadedModel {
  /** Tokens that fit into one conversation, prompt and answer combined. */
  readonly contextTokens: number;
  /** Context length that the model was trained with, in tokens. */
  readonly trainContextTokens: number;
  /** Undefined for a model on a server. */
  readonly threads?: number | undefined;
  /** `cpu`, `metal`, `cuda` or `vulkan`; undefined for a model on a server. */
  readonly gpu?: string | undefined;
  /** Duration of the load in milliseconds. */
  readonly loadMs: number;
  /** True if it can fill in: its vocabulary has the tokens for it, or its server the form. */
  readonly infill: boolean;
  /** True if it sees images. Defaults to false. */
  readonly vision?: boolean | undefined;
  /** False if an answer cannot go on behind a thought that was ended. Defaults to true. */
  readonly closesThoughts?: boolean | undefined;
}

/**
 * Requests that a model can answer; an engine implements those that it supports. All fail with `ModelError`s, at least
 * `engine-crashed`, `engine-error` and `no-model`. Cancellation is not an error: the request resolves within 100 ms
 * with the text so far.
 */
export interface Capabilities {
  /** Answers a conversation. @throws ModelError `context-overflow`. */
  chat(request: ChatRequest, options?: AnswerOptions): Promise<ChatResult>;
  /** Continues a text. @throws ModelError `context-overflow`. */
  complete(request: CompletionRequest, options?: CompletionOptions): Promise<CompletionResult>;
  /** Fills in the text between two others. @throws ModelError `context-overflow`. */
  infill(request: InfillRequest, options?: CompletionOptions): Promise<CompletionResult>;
  /** Scores how likely `text` is after `prompt`. @throws ModelError `context-overflow`, `cancelled`. */
  score(prompt: InfillRequest['prompt'], text: string, signal?: AbortSignal): Promise<Score>;
  /**
   * Returns the texts of the vocabulary's special tokens. An engine without this writes the marks of its model itself, and
   * takes prompts of the form `hole` (`format/fim/hole.ts`) if {@link LoadedModel.infill} is true.
   * @throws ModelError `cancelled`.
   */
  marks(signal?: AbortSignal): Promise<readonly string[]>;
  /** Counts the tokens of `text` in the model's vocabulary. @throws ModelError `cancelled`. */
  count(text: string, signal?: AbortSignal): Promise<number>;
}

/** Runs one model. */
export interface Engine extends Partial<Capabilities> {
  readonly state: EngineState;
  /** Undefined while no model is loaded. */
  readonly loaded: LoadedModel | undefined;
  /** Calls `listener` at every change of {@link state}. @returns a function that stops it. */
  onDidChangeState(listener: (state: EngineState, reason?: string) => void): () => void;
  /**
   * @throws ModelError `gguf-invalid`, `unsupported-artifact`, `out-of-memory`, `engine-unavailable`, `engine-crashed`,
   * `cancelled`.
   */
  load(source: ModelSource, options?: LoadOptions): Promise<LoadedModel>;
  /** Frees the model. */
  unload(): Promise<void>;
}

/**
 * Returns a capability of an engine, bound to it.
 * @throws ModelError `engine-error` if the engine does not support it.
 */
export function capability<C extends keyof Capabilities>(engine: Engine, name: C): Capabilities[C] {
  const found = engine[name];
  if (found === undefined) {
    throw new ModelError(
      'engine-error',
      t('The engine of this model does not support this ({0}). Choose another model.', name),
    );
  }
  return found.bind(engine) as Capabilities[C];
}
