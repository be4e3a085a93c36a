/**
 * Runs one model in a process of its own, because llama.cpp can crash and cannot be stopped while it loads. In a
 * separate process neither affects the caller.
 */
import { basename } from 'node:path';
import { isModelError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { Listeners } from '../../base/listeners.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { formatSampling } from '../../base/sampling.ts';
import { untilAborted } from '../../base/wait.ts';
import type {
  AnswerOptions,
  ChatMessage,
  ChatRequest,
  ChatResult,
  Engine,
  EngineState,
  LoadedModel,
  LoadOptions,
  ModelSource,
  StopReason,
} from '../../inference/index.ts';
import { type ChatParams, chatCall } from './calls/chat.ts';
import { countCall } from './calls/count.ts';
import { loadCall } from './calls/load.ts';
import { HostProcess } from './hostProcess.ts';
import { PendingAnswer } from './pendingAnswer.ts';

/** How to start the host process. */
export interface ProcessEngineOptions {
  /** Absolute path of the host's entry point: `dist/engineHost.mjs`, or `src/engine/llama/host/main.ts` from source. */
  readonly hostPath: string;
  /** The Node.js (or Electron) binary that runs the host. Defaults to that of this process. */
  readonly execPath?: string | undefined;
  /** Added to the host's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly log?: Log | undefined;
}

/** Everything needed to load the same model in a new process. */
interface Recipe extends Pick<LoadOptions, 'contextTokens' | 'threads' | 'gpu'> {
  readonly modelPath: string;
}

/** An {@link Engine} on node-llama-cpp in a child process. */
export class ProcessEngine implements Engine {
  readonly #options: ProcessEngineOptions;
  readonly #log: Log;
  readonly #listeners = new Listeners<[state: EngineState, reason?: string]>();
  #state: EngineState = 'unloaded';
  #loaded: LoadedModel | undefined;
  #host: HostProcess | undefined;
  #recipe: Recipe | undefined;
  /** Aborts a load under way when the model is unloaded. */
  #loading: AbortController | undefined;
  /** Serializes loads and unloads. */
  #lifecycle: Promise<unknown> = Promise.resolve();
  /** Serializes answers. */
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
    return this.#listeners.add(listener);
  }

  /** Loads a model after unloading the previous one. Aborting the signal ends the process. */
  load(source: ModelSource, options: LoadOptions = {}): Promise<LoadedModel> {
    return this.#inTurn(async () => {
      throwIfCancelled(options.signal);
      if (source.kind !== 'file')
        throw new ModelError('engine-error', t('llama.cpp runs only models on this machine.'));
      await this.#stopHost();
      const { contextTokens, threads, gpu } = options;
      return this.#load({ modelPath: source.path, contextTokens, threads, gpu }, options);
    });
  }

  async chat(request: ChatRequest, options: AnswerOptions = {}): Promise<ChatResult> {
    const answer = new PendingAnswer(options);
    const run = this.#answers.then(() => this.#answer(request, options.signal, answer));
    this.#answers = run.catch((error: unknown) => {
      // The caller gets the error too, unless the answer was canceled meanwhile.
      if (options.signal?.aborted) this.#log.warn(`A cancelled answer failed: ${String(error)}`);
    });
    return answer.raceCancel(run);
  }

  async count(text: string, signal?: AbortSignal): Promise<number> {
    throwIfCancelled(signal);
    const host = await untilAborted(this.#readyHost(), signal);
    const { tokens } = await untilAborted(host.call(countCall, { text }).done, signal);
    return tokens;
  }

  /** Ends the process. An answer under way resolves as canceled, a load under way rejects as canceled. */
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
    this.#lifecycle = run.catch(() => {}); // The caller gets the error.
    return run;
  }

  #setState(state: EngineState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.fire(state, reason);
  }

  async #load(
    recipe: Recipe,
    options: Pick<LoadOptions, 'signal' | 'onProgress'> = {},
  ): Promise<LoadedModel> {
    const loading = new AbortController();
    this.#loading = loading;
    const signal = AbortSignal.any([loading.signal, ...(options.signal ? [options.signal] : [])]);
    this.#setState('loading');
    try {
      this.#loaded = await this.#loadWithFallback(recipe, signal, options.onProgress);
      this.#setState('ready');
      return this.#loaded;
    } catch (error) {
      // A model whose process crashed is loaded again by the next request; any other failure would only repeat.
      const crashed = isModelError(error, 'engine-crashed');
      this.#recipe = crashed ? recipe : undefined;
      this.#setState(crashed ? 'crashed' : 'unloaded', error instanceof Error ? error.message : undefined);
      throw error;
    } finally {
      this.#loading = undefined;
    }
  }

  /**
   * Falls back to the CPU: a driver that runs out of GPU memory crashes the process, but the model may run without it.
   */
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
      const params = { ...recipe, gpu: recipe.gpu ?? 'auto' } as const;
      const loaded = await host.call(loadCall, params, ({ fraction }) => onProgress?.(fraction)).done;
      throwIfCancelled(signal);
      this.#host = host;
      this.#recipe = recipe;
      return { ...loaded, loadMs: performance.now() - started };
    } catch (error) {
      await host.stop();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #onCrash(host: HostProcess, error: ModelError): void {
    this.#log.error(error.message);
    // While a model is loading, the load itself reports the crash.
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

  /** Returns the host, after a crash a new one with the same model. @throws ModelError `no-model`, or as `load`. */
  #readyHost(): Promise<HostProcess> {
    return this.#inTurn(async () => {
      if (this.#host === undefined && this.#recipe !== undefined) await this.#load(this.#recipe);
      if (this.#host !== undefined) return this.#host;
      throw new ModelError('no-model', t('No model is loaded. Load one first.'));
    });
  }

  async #answer(
    request: ChatRequest,
    signal: AbortSignal | undefined,
    answer: PendingAnswer,
  ): Promise<StopReason> {
    if (signal?.aborted) return 'cancelled';
    const params = chatParams(request);
    const host = await this.#readyHost();
    if (signal?.aborted) return 'cancelled';
    this.#setState('generating');
    const wishes = formatSampling(params.sampling);
    if (wishes !== '') this.#log.debug(`Answering with ${wishes}.`);
    const contextTokens = this.#loaded?.contextTokens ?? 0;
    answer.sent(Math.min(request.maxTokens ?? contextTokens, contextTokens));
    const sent = host.call(chatCall, params, (event) => answer.receive(event));
    const onAbort = (): void => sent.cancel();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const end = await sent.done;
      this.#log.debug(`Answered; ${end.evaluatedTokens} tokens of the prompt were new to the context.`);
      return answer.end(end);
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

function chatParams({ messages, tools = [], maxTokens, sampling = {}, stop = [] }: ChatRequest): ChatParams {
  if (tools.length > 0)
    throw new ModelError('engine-error', t('This engine cannot offer tools to a model yet.'));
  return { messages: messages.map(textMessage), maxTokens, sampling, stop: [...stop] };
}

/** @throws ModelError `engine-error` for content that this engine does not support. */
function textMessage(message: ChatMessage): ChatParams['messages'][number] {
  const { role, content } = message;
  const extra =
    (role === 'user' && message.images?.length) || (role === 'assistant' && message.toolCalls?.length);
  if (role === 'tool' || extra)
    throw new ModelError('engine-error', t('This engine supports only text yet, no tool calls or images.'));
  return { role, content };
}
