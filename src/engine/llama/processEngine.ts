/**
 * Runs one model in a process of its own. llama.cpp can crash, and can not be stopped while it loads; in
 * its own process neither touches the caller.
 */
import { basename } from 'node:path';
import { isModelError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { formatSampling } from '../../base/sampling.ts';
import { untilAborted } from '../../base/wait.ts';
import type {
  ChatMessage,
  Engine,
  EngineState,
  GenerationOptions,
  GenerationResult,
  LoadedModel,
  LoadOptions,
  StopReason,
} from '../../inference/index.ts';
import { Answer } from './answer.ts';
import { HostProcess, type RequestMessage } from './hostProcess.ts';

/** Where the host process comes from. */
export interface ProcessEngineOptions {
  /** Absolute path of the host's entry: `dist/engineHost.mjs`, or `src/engine/llama/host/main.ts` from source. */
  readonly hostPath: string;
  /** The Node (or Electron) that runs the host; that of this process where absent. */
  readonly execPath?: string | undefined;
  /** Added to the host's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly log?: Log | undefined;
}

/** What a new process needs to be what the last one was. */
type Recipe = Pick<LoadOptions, 'modelPath' | 'contextTokens' | 'threads' | 'gpu'>;

/** An {@link Engine} on node-llama-cpp in a child process. */
export class ProcessEngine implements Engine {
  readonly #options: ProcessEngineOptions;
  readonly #log: Log;
  readonly #listeners = new Set<(state: EngineState, reason?: string) => void>();
  #state: EngineState = 'unloaded';
  #loaded: LoadedModel | undefined;
  #host: HostProcess | undefined;
  #recipe: Recipe | undefined;
  /** Aborted by `unload`, for a load that is under way. */
  #loading: AbortController | undefined;
  /** Loads and unloads, one after the other. */
  #lifecycle: Promise<unknown> = Promise.resolve();
  /** Answers, one after the other. */
  #answers: Promise<unknown> = Promise.resolve();

  constructor(options: ProcessEngineOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  get state(): EngineState {
    return this.#state;
  }

  get loaded(): LoadedModel | undefined {
    return this.#loaded;
  }

  /** Process id of the host; undefined while there is none. */
  get pid(): number | undefined {
    return this.#host?.pid;
  }

  onDidChangeState(listener: (state: EngineState, reason?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loads a model; one that is loaded is unloaded first. Aborting the signal ends the process. */
  load(options: LoadOptions): Promise<LoadedModel> {
    return this.#inTurn(async () => {
      throwIfCancelled(options.signal);
      await this.#stopHost();
      return this.#load(options);
    });
  }

  async chat(messages: readonly ChatMessage[], options: GenerationOptions = {}): Promise<GenerationResult> {
    const answer = new Answer(options);
    const run = this.#answers.then(() => this.#answer(messages, options, answer));
    this.#answers = run.catch((error: unknown) => {
      // The caller has it too, unless the answer was cancelled meanwhile.
      if (options.signal?.aborted) this.#log.warn(`A cancelled answer failed: ${String(error)}`);
    });
    return answer.raceCancel(run);
  }

  async countTokens(text: string, signal?: AbortSignal): Promise<number> {
    throwIfCancelled(signal);
    const host = await untilAborted(this.#readyHost(), signal);
    const message = await untilAborted(host.send({ type: 'count', text }).done, signal);
    if (message.type !== 'counted') throw unexpected(message);
    return message.tokens;
  }

  /** Ends the process. An answer under way resolves as cancelled, a load under way rejects as cancelled. */
  async unload(): Promise<void> {
    this.#loading?.abort();
    await this.#inTurn(async () => {
      this.#recipe = undefined;
      await this.#stopHost();
      this.#setState('unloaded');
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#lifecycle.then(task);
    this.#lifecycle = run.catch(() => {}); // The caller has the error.
    return run;
  }

  #setState(state: EngineState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state, reason);
  }

  async #load(options: LoadOptions): Promise<LoadedModel> {
    const { modelPath, contextTokens, threads, gpu } = options;
    const recipe = { modelPath, contextTokens, threads, gpu };
    const loading = new AbortController();
    this.#loading = loading;
    const signal = AbortSignal.any([loading.signal, ...(options.signal ? [options.signal] : [])]);
    this.#setState('loading');
    try {
      this.#loaded = await this.#loadWithFallback(recipe, signal, options.onProgress);
      this.#setState('ready');
      return this.#loaded;
    } catch (error) {
      // A model whose process crashed is tried again by the next request; any other failure would repeat.
      const crashed = isModelError(error, 'engine-crashed');
      this.#recipe = crashed ? recipe : undefined;
      this.#setState(crashed ? 'crashed' : 'unloaded', error instanceof Error ? error.message : undefined);
      throw error;
    } finally {
      this.#loading = undefined;
    }
  }

  /** A driver that runs out of GPU memory ends the process; the same model may well run without the GPU. */
  async #loadWithFallback(
    recipe: Recipe,
    signal: AbortSignal,
    onProgress: LoadOptions['onProgress'],
  ): Promise<LoadedModel> {
    try {
      return await this.#start(recipe, signal, onProgress);
    } catch (error) {
      if (recipe.gpu === 'off' || !isModelError(error, 'engine-crashed')) throw error;
      this.#log.warn(`${error.message} Loading ${basename(recipe.modelPath)} again without the GPU.`);
      return this.#start({ ...recipe, gpu: 'off' }, signal, onProgress);
    }
  }

  async #start(
    recipe: Recipe,
    signal: AbortSignal,
    onProgress: LoadOptions['onProgress'],
  ): Promise<LoadedModel> {
    throwIfCancelled(signal);
    const started = performance.now();
    const { hostPath, execPath, env } = this.#options;
    const host: HostProcess = new HostProcess({
      hostPath,
      execPath,
      env,
      log: this.#log,
      onCrash: (error) => this.#onCrash(host, error),
    });
    const onAbort = (): void => void host.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await host.ready;
      const request = { ...recipe, type: 'load', gpu: recipe.gpu ?? 'auto' } as const;
      const message = await host.send(request, (progress) => {
        if (progress.type === 'progress') onProgress?.(progress.fraction);
      }).done;
      if (message.type !== 'loaded') throw unexpected(message);
      throwIfCancelled(signal);
      this.#host = host;
      this.#recipe = recipe;
      const { contextTokens, trainContextTokens, threads, gpu, infill } = message;
      const loadMs = performance.now() - started;
      return { contextTokens, trainContextTokens, threads, gpu, infill, loadMs };
    } catch (error) {
      await host.stop();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #onCrash(host: HostProcess, error: ModelError): void {
    this.#log.error(error.message);
    // While it loads, the load itself reports it.
    if (this.#host !== host) return;
    this.#host = undefined;
    this.#loaded = undefined;
    this.#setState('crashed', error.message);
  }

  async #stopHost(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    this.#loaded = undefined;
    await host?.stop();
  }

  /** The host; after a crash a new one, with the same model. @throws ModelError `no-model`, and those of `load`. */
  #readyHost(): Promise<HostProcess> {
    return this.#inTurn(async () => {
      if (this.#host === undefined && this.#recipe !== undefined) await this.#load(this.#recipe);
      if (this.#host !== undefined) return this.#host;
      throw new ModelError('no-model', 'No model is loaded. Load one first.');
    });
  }

  async #answer(
    messages: readonly ChatMessage[],
    options: GenerationOptions,
    answer: Answer,
  ): Promise<StopReason> {
    const { signal, maxTokens, sampling = {}, stop } = options;
    if (signal?.aborted) return 'cancelled';
    const host = await this.#readyHost();
    if (signal?.aborted) return 'cancelled';
    this.#setState('generating');
    const wishes = formatSampling(sampling);
    if (wishes !== '') this.#log.debug(`Answering with ${wishes}.`);
    const request = {
      type: 'chat',
      messages: [...messages],
      maxTokens,
      sampling,
      stop: [...(stop ?? [])],
    };
    const { id, done } = host.send({ ...request, type: 'chat' }, (message) => answer.receive(message));
    answer.sent = true;
    const onAbort = (): void => host.cancel(id);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const message = await done;
      if (message.type !== 'answer') throw unexpected(message);
      this.#log.debug(`Answered; ${message.evaluatedTokens} tokens of the prompt were new to the context.`);
      return message.stopReason;
    } catch (error) {
      // The model was unloaded meanwhile.
      if (isModelError(error, 'cancelled')) return 'cancelled';
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      if (this.#host === host) this.#setState('ready');
    }
  }
}

function unexpected(message: RequestMessage): ModelError {
  return new ModelError(
    'engine-error',
    `The engine process gave "${message.type}" as an answer. Load the model again.`,
  );
}
