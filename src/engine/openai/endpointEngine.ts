/** Runs a model on a server that speaks OpenAI's API. */
import { isModelError, ModelError, throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { Listeners } from '../../base/listeners.ts';
import { type Log, silentLog } from '../../base/log.ts';
import {
  type AnswerEvent,
  type AnswerOptions,
  type ChatRequest,
  type ChatResult,
  type CompletionOptions,
  type CompletionRequest,
  type CompletionResult,
  type Engine,
  type EngineState,
  IMAGE_TOKENS,
  type InfillRequest,
  type LoadedModel,
  type LoadOptions,
  type ModelSource,
  type ToolDefinition,
} from '../../inference/index.ts';
import {
  chatBody,
  closesThought,
  completionBody,
  parseEndpointUrl,
  rescuedText,
  StreamFailure,
} from '../../openaiApi/index.ts';
import { CountCache } from '../countCache.ts';
import { noCallMessage } from '../requiredCall.ts';
import { conversationCut, cutOff, notRead, toolsAreText, waiting } from './answerNotes.ts';
import { type AnswerFormats, ChatAnswer, nothingSaid } from './chatAnswer.ts';
import { CompletionAnswer } from './completionAnswer.ts';
import { type DescribedModel, describeModel } from './discover.ts';
import { type EndpointAccess, EndpointClient, type StreamOptions, type Waiting } from './endpointClient.ts';
import { type Asked, streamFailure, ToolsRefusedError } from './failures.ts';
import { infillCall } from './infillPrompt.ts';
import { loadedModel, UNKNOWN_CONTEXT } from './loadedModel.ts';
import { type Prompt, promptOf } from './promptText.ts';
import { TokenEstimate } from './tokenEstimate.ts';
import { askForCall, needsCall, withToolsAsText } from './toolRequests.ts';

/** Bytes of a stream for each token, whose event repeats the model's name and more, and beyond them. */
const BYTES_PER_TOKEN = 8 * 1024;
const SPARE_BYTES = 4 * 1024 * 1024;
/** Tokens of one answer that a stream has room for; no model goes on that long. */
const MAX_ANSWER_TOKENS = 262_144;

/** A loaded model: what is known about it, and the connection to its server. */
interface Connected extends DescribedModel {
  readonly client: EndpointClient;
  readonly formats: AnswerFormats;
}

/** Options of an {@link EndpointEngine}. */
export interface EndpointEngineOptions {
  readonly access: EndpointAccess;
  readonly log?: Log | undefined;
}

/** An {@link Engine} on a server. Loading it asks the server what it serves; the server loads the model by itself. */
export class EndpointEngine implements Engine {
  readonly #access: EndpointAccess;
  readonly #log: Log;
  readonly #listeners = new Listeners<[state: EngineState, reason?: string]>();
  readonly #counts = new CountCache();
  readonly #estimate = new TokenEstimate();
  #state: EngineState = 'unloaded';
  #loaded: LoadedModel | undefined;
  #connected: Connected | undefined;
  /** Ends all requests when the model is unloaded. */
  #running = new AbortController();
  #answering = 0;
  /** True once the server went away; it is asked again when nothing runs any more. */
  #isLost = false;
  /** True once the server refused a request because of its tools. */
  #refusesTools = false;
  #saidToolsAreText = false;
  /** True once an answer closed a thought that it had not opened: the template opens it in the prompt. */
  #opensInThought = false;

  constructor({ access, log = silentLog }: EndpointEngineOptions) {
    this.#access = access;
    this.#log = log;
  }

  get state(): EngineState {
    return this.#state;
  }

  get loaded(): LoadedModel | undefined {
    return this.#loaded;
  }

  onDidChangeState(listener: (state: EngineState, reason?: string) => void): () => void {
    return this.#listeners.add(listener);
  }

  async load(source: ModelSource, { signal }: LoadOptions = {}): Promise<LoadedModel> {
    throwIfCancelled(signal);
    if (source.kind !== 'endpoint')
      throw new ModelError('engine-error', t('An endpoint runs only the models of its server.'));
    const started = performance.now();
    this.#setState('loading');
    try {
      const url = parseEndpointUrl(source.url);
      const client = new EndpointClient(this.#access.http(), url, () => this.#access.secret(source.url));
      const [described, formats] = await Promise.all([
        describeModel(client, source, this.#signal(signal)),
        import('../../inference/format/index.ts'),
      ]);
      this.#connected = { client, formats, ...described };
      this.#loaded = loadedModel(described, performance.now() - started);
      this.#isLost = false;
      this.#setState('ready');
      return this.#loaded;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async chat(request: ChatRequest, options: AnswerOptions = {}): Promise<ChatResult> {
    const connected = this.#requireConnected();
    const { client } = connected;
    if (request.messages.length === 0)
      throw new ModelError('engine-error', t('The conversation is empty. Ask something first.'));
    const prompt = promptOf(request);
    const answer = new ChatAnswer(request, {
      ...options,
      formats: connected.formats,
      thoughtOpen: this.#opensInThought && request.thinking !== false && !closesThought(request),
      promptTokens: this.#estimate.tokens(prompt.text) + prompt.images * IMAGE_TOKENS,
    });
    const stream = this.#stream(connected, request.maxTokens, options.signal, (event) => answer.emit(event));
    const cancelled = await this.#answered(connected, stream.signal, async () => {
      const asked = await this.#ask(connected, request, answer, stream);
      if (stream.signal.aborted) return;
      if (answer.isEmpty && !answer.hasReason && !answer.isOver) throw nothingSaid(client.host);
      this.#learn(answer, asked === request ? prompt : promptOf(asked), connected);
      const { tools = [] } = request;
      if (needsCall(request, answer)) await this.#requireCall(connected, asked, tools, answer, stream);
    });
    if (!cancelled) void this.#describeAgain(connected);
    return answer.result(cancelled);
  }

  async complete(request: CompletionRequest, options: CompletionOptions = {}): Promise<CompletionResult> {
    const connected = this.#requireConnected();
    const { server, model } = connected;
    const call = {
      path: '/completions',
      atRoot: false,
      stop: request.stop ?? [],
      body: completionBody(model.id, request, server.dialect),
    };
    return this.#complete(connected, request, options, call);
  }

  async infill(request: InfillRequest, options: CompletionOptions = {}): Promise<CompletionResult> {
    const connected = this.#requireConnected();
    const call = infillCall(connected.server, connected.model, request);
    if (call === undefined) return new CompletionAnswer({ stop: [] }, {}).result(false);
    return this.#complete(connected, request, options, call);
  }

  async count(text: string, signal?: AbortSignal): Promise<number> {
    throwIfCancelled(signal);
    const { server, model, client } = this.#requireConnected();
    const known = this.#counts.get(text);
    if (known !== undefined) return known;
    const { counting } = server;
    if (counting === undefined || text === '') return this.#estimate.tokens(text);
    const counted = counting.read(
      await client.tryAsk(counting.path, counting.body(model.id, text), { signal }),
    );
    if (counted === undefined) return this.#estimate.tokens(text);
    this.#counts.set(text, counted);
    return counted;
  }

  /** Ends all requests, which resolve as canceled, and forgets the server. */
  async unload(): Promise<void> {
    this.#running.abort();
    this.#running = new AbortController();
    this.#forget();
  }

  async #complete(
    connected: Connected,
    request: Pick<InfillRequest, 'maxTokens' | 'minJointProbability'>,
    options: CompletionOptions,
    call: {
      readonly path: string;
      readonly atRoot: boolean;
      readonly body: object;
      readonly stop: readonly string[];
    },
  ): Promise<CompletionResult> {
    const { minJointProbability, maxTokens } = request;
    const answer = new CompletionAnswer({ stop: call.stop, minJointProbability }, options);
    const stream = { ...this.#stream(connected, maxTokens, options.signal), atRoot: call.atRoot };
    const cancelled = await this.#answered(connected, stream.signal, async () => {
      try {
        for await (const chunk of connected.client.generate(call.path, call.body, stream)) {
          answer.push(chunk);
          if (answer.isOver) break;
        }
      } catch (error) {
        throw streamFailure(askedOf(connected), error);
      }
    });
    return answer.result(cancelled);
  }

  #stream(
    { model, client }: Connected,
    maxTokens: number | undefined,
    signal: AbortSignal | undefined,
    onEvent: (event: AnswerEvent) => void = () => {},
  ): StreamOptions & { readonly signal: AbortSignal } {
    const tokens = maxTokens ?? this.#loaded?.contextTokens ?? UNKNOWN_CONTEXT;
    const told = new Set<Waiting>();
    return {
      signal: this.#signal(signal),
      model: model.id,
      maxBytes: Math.min(tokens, MAX_ANSWER_TOKENS) * BYTES_PER_TOKEN + SPARE_BYTES,
      onWait: (reason) => {
        if (told.has(reason)) return;
        told.add(reason);
        onEvent({ type: 'note', text: waiting(reason, client.host) });
      },
    };
  }

  /** Runs a request, and returns true if it was canceled. @throws its error otherwise. */
  async #answered(connected: Connected, signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
    if (signal.aborted) return true;
    this.#answering++;
    this.#setState('generating');
    try {
      await work();
      return signal.aborted;
    } catch (error) {
      if (signal.aborted || isModelError(error, 'cancelled')) return true;
      // A server that went away may come back as another one.
      if (this.#connected === connected && isModelError(error) && LOST.has(error.code)) this.#isLost = true;
      throw error;
    } finally {
      this.#answering--;
      if (this.#answering === 0 && this.#state === 'generating') {
        if (this.#isLost) this.#forget();
        else this.#setState('ready');
      }
    }
  }

  /**
   * Sends the request of a chat. Servers drop the tools of a model whose template has no place for them without a word
   * (llama-server), or refuse the request (Ollama; vLLM without a parser for calls). Such a model gets them as text.
   * @returns the request as it was answered.
   */
  async #ask(
    connected: Connected,
    request: ChatRequest,
    answer: ChatAnswer,
    stream: StreamOptions,
  ): Promise<ChatRequest> {
    const isText = this.#refusesTools || connected.model.abilities.tools === false;
    const asked = isText ? await withToolsAsText(request) : request;
    if (isText && (request.tools?.length ?? 0) > 0) this.#sayToolsAreText(answer);
    try {
      await this.#write(connected, asked, answer, stream);
      return asked;
    } catch (error) {
      if (isText || !(error instanceof ToolsRefusedError)) throw error;
      this.#refusesTools = true;
      return this.#ask(connected, request, answer, stream);
    }
  }

  #sayToolsAreText(answer: ChatAnswer): void {
    if (this.#saidToolsAreText) return;
    this.#saidToolsAreText = true;
    answer.emit({ type: 'note', text: toolsAreText() });
  }

  /** Sends a request, and passes its chunks on to the answer. */
  async #write(
    connected: Connected,
    request: ChatRequest,
    answer: ChatAnswer,
    stream: StreamOptions,
  ): Promise<void> {
    const { server, model, client } = connected;
    const body = chatBody(model.id, request, server.dialect);
    let isRefused = false;
    try {
      for await (const chunk of client.generate('/chat/completions', body, stream)) {
        answer.push(chunk);
        if (answer.isOver) break;
      }
    } catch (error) {
      isRefused = error instanceof ToolsRefusedError;
      this.#recover(error, answer, connected);
    } finally {
      // Whatever was generated is told, also before an error.
      if (!isRefused) answer.flush();
    }
  }

  /**
   * Asks once more, for nothing but a call. @param asked the request as it was sent.
   * @throws ModelError `engine-error` if the server is not known to hold answers to a schema, or there is no call again.
   */
  async #requireCall(
    connected: Connected,
    asked: ChatRequest,
    tools: readonly ToolDefinition[],
    answer: ChatAnswer,
    stream: StreamOptions,
  ): Promise<void> {
    if (connected.server.dialect.schema === undefined)
      throw new ModelError('engine-error', noCallMessage(answer.isCut));
    const { call, answerTokens } = await askForCall(asked, tools, async (request) => {
      const promptTokens = this.#estimate.tokens(promptOf(request).text);
      const second = new ChatAnswer(request, {
        formats: connected.formats,
        thoughtOpen: false,
        promptTokens,
      });
      await this.#write(connected, request, second, stream);
      return second;
    });
    answer.addCall(call, answerTokens);
  }

  /** Takes generated text out of an error. @throws the error if there is none in it. */
  #recover(error: unknown, answer: ChatAnswer, connected: Connected): void {
    const text = error instanceof StreamFailure ? rescuedText(error.serverError) : undefined;
    if (text === undefined) throw streamFailure(askedOf(connected), error);
    const { host } = connected.client;
    this.#log.warn(`${host} could not read what the model wrote, so it is shown as text: ${String(error)}`);
    answer.rescue(text);
    answer.emit({ type: 'note', text: notRead(host) });
  }

  #learn(answer: ChatAnswer, prompt: Prompt, { client: { host }, server: { dialect } }: Connected): void {
    const isWhole = dialect.givesReasons === true ? answer.hasReason : answer.hasFinish;
    if (!isWhole && !answer.isOver) answer.emit({ type: 'note', text: cutOff(host) });
    if (answer.closedUnopened) this.#opensInThought = true;
    const promptTokens = answer.usage?.promptTokens;
    // The count has the images as well, so nothing can be told from it.
    if (promptTokens === undefined || prompt.images > 0) return;
    if (!this.#estimate.learn(prompt.text, promptTokens)) return;
    const note = conversationCut(host, promptTokens);
    this.#log.warn(note);
    answer.emit({ type: 'note', text: note });
  }

  /** Asks once more about a model that the server had not loaded: only now its context is allocated. */
  async #describeAgain(connected: Connected): Promise<void> {
    const { server, model, client } = connected;
    if (model.isLoaded !== false || server.describe === undefined) return;
    const { signal } = this.#running;
    const described = await server
      .describe(model, (path, body) => client.tryAsk(path, body, { signal }))
      .catch(() => undefined);
    if (described?.isLoaded !== true || this.#connected !== connected || this.#loaded === undefined) return;
    this.#connected = { ...connected, model: described };
    this.#loaded = loadedModel({ server, model: described }, this.#loaded.loadMs);
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([this.#running.signal, ...(signal === undefined ? [] : [signal])]);
  }

  #requireConnected(): Connected {
    if (this.#connected !== undefined) return this.#connected;
    throw new ModelError('no-model', t('No model is loaded. Load one first.'));
  }

  #forget(): void {
    this.#isLost = false;
    this.#refusesTools = false;
    this.#connected = undefined;
    this.#loaded = undefined;
    this.#setState('unloaded');
  }

  #setState(state: EngineState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.fire(state);
  }
}

/** Codes of errors after which the server is asked again what it serves. */
const LOST: ReadonlySet<string> = new Set(['offline', 'tls', 'not-found', 'endpoint-denied']);

function askedOf({ client, model }: Connected): Asked {
  return { host: client.host, model: model.id };
}
