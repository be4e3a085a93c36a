/**
 * Runs one model in a process of its own, because llama.cpp can crash and cannot be stopped while it loads. In a
 * separate process neither affects the caller.
 */
import { basename } from 'node:path';
import { cancelledError, isModelError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { Listeners } from '../../base/listeners.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { formatSampling } from '../../base/sampling.ts';
import { unlessCancelled } from '../../base/wait.ts';
import type {
  AnswerOptions,
  ChatRequest,
  ChatResult,
  CompletionOptions,
  CompletionRequest,
  CompletionResult,
  Engine,
  EngineState,
  InfillRequest,
  LoadedModel,
  LoadOptions,
  ModelSource,
  Score,
} from '../../inference/index.ts';
import { CountCache } from '../countCache.ts';
import type { Call } from './call.ts';
import { PerhapsBegunError } from './caller.ts';
import { chatCall } from './calls/chat.ts';
import { type CompleteParams, completeCall } from './calls/complete.ts';
import { countCall } from './calls/count.ts';
import { LOAD_BOUNDS, loadCall } from './calls/load.ts';
import { marksCall } from './calls/marks.ts';
import { scoreCall } from './calls/score.ts';
import type { Door } from './calls/share.ts';
import type { ProcessEngineOptions, Recipe } from './engineOptions.ts';
import { doorFor } from './process/doors.ts';
import type { Host } from './process/host.ts';
import { openHost } from './process/openHost.ts';
import { chatParams } from './requests/chatParams.ts';
import { completionParams, infillParams, markedText } from './requests/completionParams.ts';
import { PendingAnswer } from './requests/pendingAnswer.ts';
import { PendingCompletion } from './requests/pendingCompletion.ts';

/** The part of a pending answer that tells if its request can be sent again. */
interface Pending {
  readonly hasBegun: boolean;
  readonly hasText: boolean;
  note(text: Localized): void;
}

/** Larger values mean the same: as many as there are. */
function atMost(value: number | undefined, maximum: number): number | undefined {
  return value === undefined ? undefined : Math.min(value, maximum);
}

function withoutGpu(): Localized {
  return t('The GPU failed, so the model runs on the CPU now.');
}

/** An {@link Engine} on node-llama-cpp in a child process. */
export class ProcessEngine implements Engine {
  readonly #options: ProcessEngineOptions;
  readonly #log: Log;
  readonly #listeners = new Listeners<[state: EngineState, reason?: string]>();
  #state: EngineState = 'unloaded';
  #loaded: LoadedModel | undefined;
  #host: Host | undefined;
  #recipe: Recipe | undefined;
  /** Aborts a load under way when the model is unloaded. */
  #loading: AbortController | undefined;
  /** Serializes loads and unloads. */
  #lifecycle: Promise<unknown> = Promise.resolve();
  readonly #counts = new CountCache();
  /** Number of requests that the host is answering. */
  #answering = 0;

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
      const { contextTokens, threads, gpu, gpuLayers, adapters, cacheType } = options;
      return this.#load(
        {
          modelPath: source.path,
          contextTokens: atMost(contextTokens, LOAD_BOUNDS.contextTokens),
          threads: atMost(threads, LOAD_BOUNDS.threads),
          gpu,
          gpuLayers,
          adapters,
          cacheType,
        },
        options,
      );
    });
  }

  chat(request: ChatRequest, options: AnswerOptions = {}): Promise<ChatResult> {
    const { signal } = options;
    const params = chatParams(request);
    const answer = new PendingAnswer(options);
    const run = this.#request(answer, signal, async (host) => {
      const wishes = formatSampling(params.sampling);
      if (wishes !== '') this.#log.debug(`Answering with ${wishes}.`);
      // A call that is required may take a second attempt.
      answer.sent(this.#limit(request.maxTokens) * (params.toolMode === 'required' ? 2 : 1));
      const end = await this.#call(host, chatCall, params, (event) => answer.receive(event), signal);
      this.#log.debug(
        `Answered with ${end.answerTokens} tokens in ${end.decodes} batches; ${end.evaluatedTokens} tokens of the prompt were new to the context.`,
      );
      return answer.end(end);
    });
    return answer.raceCancel(this.#logLate(run, signal));
  }

  complete(request: CompletionRequest, options: CompletionOptions = {}): Promise<CompletionResult> {
    return this.#complete(completionParams(request), options);
  }

  infill(request: InfillRequest, options: CompletionOptions = {}): Promise<CompletionResult> {
    return this.#complete(infillParams(request), options);
  }

  async score(prompt: InfillRequest['prompt'], text: string, signal?: AbortSignal): Promise<Score> {
    const params = { prompt: markedText(prompt), text };
    const run = this.#request(undefined, signal, (host) =>
      this.#call(host, scoreCall, params, () => {}, signal),
    );
    const score = await unlessCancelled(run, signal);
    if (score === 'cancelled') throw cancelledError();
    return score;
  }

  async marks(signal?: AbortSignal): Promise<readonly string[]> {
    throwIfCancelled(signal);
    const host = await unlessCancelled(this.#readyHost(), signal);
    return (await unlessCancelled(host.call(marksCall, {}).done, signal)).marks;
  }

  async count(text: string, signal?: AbortSignal): Promise<number> {
    throwIfCancelled(signal);
    const host = await unlessCancelled(this.#readyHost(), signal);
    const known = this.#counts.get(text);
    if (known !== undefined) return known;
    const { tokens } = await unlessCancelled(host.call(countCall, { text }).done, signal);
    this.#counts.set(text, tokens);
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
    const gpu = recipe.gpu ?? 'auto';
    let host: Host | undefined;
    const onAbort = (): void => void host?.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      host = await openHost({
        ...this.#options,
        log: this.#log,
        gpu,
        spares: this.#options.spares,
        door: this.#door(recipe),
        onHost: (opened) => {
          host = opened;
          opened.onCrash = (error) => this.#onCrash(opened, error);
        },
      });
      throwIfCancelled(signal);
      const adapters = recipe.adapters === undefined ? undefined : [...recipe.adapters];
      const params = { ...recipe, adapters, gpu, stateFolder: this.#options.stateFolder };
      const loaded = await host.call(loadCall, params, ({ fraction }) => onProgress?.(fraction)).done;
      throwIfCancelled(signal);
      this.#host = host;
      this.#counts.clear();
      this.#recipe = recipe;
      return { ...loaded, loadMs: performance.now() - started };
    } catch (error) {
      await host?.stop();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Where windows share the process of this model. */
  #door(recipe: Recipe): Door | undefined {
    const { doorFolder, hostPath, stateFolder } = this.#options;
    return doorFolder === undefined ? undefined : doorFor(doorFolder, [hostPath, stateFolder, recipe]);
  }

  #onCrash(host: Host, error: ModelError): void {
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
  #readyHost(): Promise<Host> {
    return this.#inTurn(async () => {
      if (this.#host === undefined && this.#recipe !== undefined) await this.#load(this.#recipe);
      if (this.#host !== undefined) return this.#host;
      throw new ModelError('no-model', t('No model is loaded. Load one first.'));
    });
  }

  #complete(params: CompleteParams, options: CompletionOptions): Promise<CompletionResult> {
    const { signal } = options;
    const completion = new PendingCompletion(options);
    const run = this.#request(completion, signal, (host) => {
      completion.sent(this.#limit(params.maxTokens));
      return this.#call(host, completeCall, params, (event) => completion.receive(event), signal);
    });
    return completion.raceCancel(this.#logLate(run, signal));
  }

  /** Largest number of tokens that an answer can have. */
  #limit(maxTokens: number | undefined): number {
    const contextTokens = this.#loaded?.contextTokens ?? 0;
    return Math.min(maxTokens ?? contextTokens, contextTokens);
  }

  /** Sends a request, and asks the host to end it when `signal` is aborted. */
  async #call<Params, Event, Result>(
    host: Host,
    call: Call<Params, Event, Result>,
    params: Params,
    onEvent: (event: Event) => void,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const sent = host.call(call, params, onEvent);
    const onAbort = (): void => sent.cancel();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await sent.done;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Answers a request with a host that is ready. Requests may overlap; the host decides their order. If the process
   * crashes, one that waited its turn is sent again, once, and so is one that only its GPU may have failed.
   */
  async #request<T>(
    pending: Pending | undefined,
    signal: AbortSignal | undefined,
    work: (host: Host) => Promise<T>,
  ): Promise<T | 'cancelled'> {
    const gpu = this.#loaded?.gpu;
    try {
      return await this.#tryRequest(signal, work);
    } catch (error) {
      if (!isModelError(error, 'engine-crashed')) throw error;
      const wasGpu = this.#leaveGpu(gpu);
      if (wasGpu && pending !== undefined && !pending.hasText) pending.note(withoutGpu());
      else if (pending?.hasBegun !== false || error instanceof PerhapsBegunError) throw error;
      return this.#tryRequest(signal, work);
    }
  }

  /** After a crash on a GPU, uses the CPU from now on: the GPU's memory may not suffice for a prompt. */
  #leaveGpu(gpu: string | undefined): boolean {
    if (gpu === undefined || gpu === 'cpu' || this.#recipe === undefined) return false;
    if (this.#recipe.gpu !== 'off') this.#log.warn(withoutGpu());
    this.#recipe = { ...this.#recipe, gpu: 'off' };
    return true;
  }

  async #tryRequest<T>(
    signal: AbortSignal | undefined,
    work: (host: Host) => Promise<T>,
  ): Promise<T | 'cancelled'> {
    if (signal?.aborted) return 'cancelled';
    const host = await this.#readyHost();
    if (signal?.aborted) return 'cancelled';
    this.#answering++;
    this.#setState('generating');
    try {
      return await work(host);
    } catch (error) {
      // The model was unloaded meanwhile.
      if (isModelError(error, 'cancelled')) return 'cancelled';
      throw error;
    } finally {
      this.#answering--;
      this.#options.spares?.prepare(this.#recipe?.gpu ?? 'auto');
      if (this.#host === host && this.#answering === 0) this.#setState('ready');
    }
  }

  /** Logs the failure of a request whose caller has left. */
  #logLate<T>(run: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    run.catch((error: unknown) => {
      if (signal?.aborted) this.#log.warn(`A cancelled answer failed: ${String(error)}`);
    });
    return run;
  }
}
