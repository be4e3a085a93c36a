/**
 * One answer of an endpoint while it arrives: text, thoughts and calls out of chunks. Marks that the server left in the
 * text are read as in raw output, and a call that cannot be read stays text.
 */
import { randomUUID } from 'node:crypto';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { AnswerPiece, AnswerReader } from '../../inference/format/index.ts';
import type {
  AnswerEvent,
  AnswerOptions,
  ChatRequest,
  ChatResult,
  StopReason,
  ToolCall,
} from '../../inference/index.ts';
import {
  CallAssembler,
  type Chunk,
  type ChunkUsage,
  NO_REASON,
  type RawToolCall,
} from '../../openaiApi/index.ts';
import { StopTexts } from '../stopTexts.ts';
import { Continuation } from './continuation.ts';
import { MAX_ANSWER_CHARACTERS } from './limits.ts';

/** Characters in which the end of a thought is looked for that the prompt opened. */
const RAW_CHARACTERS = 256 * 1024;

/** Readers of raw output. Bundled on their own and loaded with a model. */
export type AnswerFormats = typeof import('../../inference/format/index.ts');

/** Options of a {@link ChatAnswer}. */
export interface ChatAnswerOptions extends AnswerOptions {
  readonly formats: AnswerFormats;
  /** True if the model's answers begin in a thought that the server does not separate. */
  readonly thoughtOpen: boolean;
  /** Tokens of the prompt, if the server does not count them. */
  readonly promptTokens: number;
}

/** Collects one answer. */
export class ChatAnswer {
  readonly #request: ChatRequest;
  readonly #options: ChatAnswerOptions;
  readonly #start = performance.now();
  readonly #stops: StopTexts;
  readonly #continuation: Continuation;
  readonly #reader: AnswerReader;
  readonly #calls = new CallAssembler();
  readonly #toolCalls: ToolCall[] = [];
  #text = '';
  #thought = '';
  /** The beginning of the text as the server sent it, with its marks. */
  #raw = '';
  #usage: ChunkUsage | undefined;
  #pieces = 0;
  /** Tokens of a second answer. */
  #moreTokens = 0;
  /** Of text, thoughts and calls. */
  #characters = 0;
  #firstTextMs: number | undefined;
  #finish: string | undefined;
  #isStopped = false;

  constructor(request: ChatRequest, options: ChatAnswerOptions) {
    const { tools = [], stop = [], messages } = request;
    const last = messages.at(-1);
    this.#request = request;
    this.#options = options;
    this.#stops = new StopTexts(stop);
    this.#continuation = new Continuation(last?.role === 'assistant' ? last.content : '');
    this.#reader = options.formats.createAnswerReader({ tools, thoughtOpen: options.thoughtOpen });
  }

  /** True once the rest does not matter: a stop text was generated, or more than any model answers. */
  get isOver(): boolean {
    return this.#isStopped || this.#characters > MAX_ANSWER_CHARACTERS;
  }

  /** True once the server said why the answer ended, or at least that it did. */
  get hasFinish(): boolean {
    return this.#finish !== undefined;
  }

  /** True once the server said why the answer ended. */
  get hasReason(): boolean {
    return this.hasFinish && this.#finish !== NO_REASON;
  }

  /** True if the model has said nothing. */
  get isEmpty(): boolean {
    return this.#text === '' && this.#thought === '' && this.#toolCalls.length === 0;
  }

  /** True if the answer ended at a limit of tokens. */
  get isCut(): boolean {
    return this.#stopReason() === 'length';
  }

  get usage(): ChunkUsage | undefined {
    return this.#usage;
  }

  get calls(): readonly ToolCall[] {
    return this.#toolCalls;
  }

  emit(event: AnswerEvent): void {
    this.#options.onEvent?.(event);
  }

  /** Takes a chunk. */
  push({ text, thought, calls, finish, usage, progress }: Chunk): void {
    if (progress !== undefined)
      this.emit({ type: 'prompt', evaluatedTokens: progress.done, totalTokens: progress.total });
    if (thought !== '') this.#say('thought', thought);
    if (text !== '' && !this.#isStopped) this.#take(this.#continuation.push(text));
    for (const call of calls) this.#calls.push(call);
    this.#measure(text, thought, ...calls.map((call) => call.arguments ?? ''));
    if (text !== '' || thought !== '' || calls.length > 0) this.#pieces++;
    this.#finish ??= finish;
    this.#usage = usage ?? this.#usage;
  }

  #measure(...texts: readonly string[]): void {
    for (const { length } of texts) this.#characters += length;
    // The server would go on: whoever reads the answer is told that it was cut.
    if (this.#characters > MAX_ANSWER_CHARACTERS) this.#finish = 'length';
  }

  /** Takes text that came in the message of an error. */
  rescue(text: string): void {
    this.#finish ??= 'stop';
    this.#take(text);
  }

  /** Takes the call of a second answer, which had to be one. @param answerTokens that it took. */
  addCall(call: Omit<ToolCall, 'id'>, answerTokens: number): void {
    this.#finish = 'tool_calls';
    this.#moreTokens += answerTokens;
    this.#give({ id: undefined, ...call });
  }

  /** Ends the text, and tells the calls that were made. Nothing is held back afterwards. */
  flush(): void {
    if (!this.#isStopped) this.#take(this.#continuation.end());
    if (!this.#isStopped) this.#tell(this.#reader.push(this.#stops.end()));
    this.#tell(this.#reader.end(this.#finish === 'length').pieces);
    for (const call of this.#calls.end()) this.#call(call);
    if (this.#hasOnlyThought && this.#options.thoughtOpen) {
      // Nothing closed the thought that was expected, so it was the answer.
      const text = this.#thought;
      this.#thought = '';
      this.#say('text', text);
    }
  }

  /** True if thoughts came and nothing else. */
  get #hasOnlyThought(): boolean {
    return this.#thought !== '' && this.#text === '' && this.#toolCalls.length === 0;
  }

  /**
   * True if the answer closed a thought that it had not opened: the model's template opens it in the prompt, and the
   * server has no reader for it. An answer about such marks has them in a line of text or of code.
   */
  get closedUnopened(): boolean {
    const end = /(?:^|\n)<\/(?:think|thought|seed:think)>\s*\n/.exec(this.#raw);
    return end !== null && !/<(?:think|thought|seed:think)>|```/.test(this.#raw.slice(0, end.index));
  }

  /** Returns the finished answer. @param cancelled true if the caller ended it. */
  result(cancelled: boolean): ChatResult {
    const promptTokens = this.#usage?.promptTokens ?? this.#options.promptTokens;
    const usage = {
      promptTokens,
      evaluatedTokens: Math.max(0, promptTokens - (this.#usage?.cachedTokens ?? 0)),
      answerTokens: (this.#usage?.answerTokens ?? this.#pieces) + this.#moreTokens,
    };
    if (!cancelled) this.emit({ type: 'usage', usage });
    return {
      text: this.#text,
      thought: this.#thought.trim(),
      toolCalls: this.#toolCalls,
      stopReason: cancelled ? 'cancelled' : this.#stopReason(),
      ...usage,
      firstTextMs: this.#firstTextMs,
      totalMs: performance.now() - this.#start,
    };
  }

  #stopReason(): StopReason {
    if (this.#toolCalls.length > 0 && this.#finish !== 'length') return 'toolCalls';
    return this.#finish === 'length' && !this.#isStopped ? 'length' : 'end';
  }

  #take(text: string): void {
    if (text === '') return;
    if (this.#raw.length < RAW_CHARACTERS) this.#raw += text;
    const { text: kept, stopped } = this.#stops.push(text);
    this.#isStopped = stopped;
    this.#tell(this.#reader.push(kept));
  }

  #tell(pieces: readonly AnswerPiece[]): void {
    for (const piece of pieces) {
      if (piece.type === 'call') this.#give({ id: undefined, ...piece.call });
      else this.#say(piece.type, piece.text);
    }
  }

  #say(type: 'text' | 'thought', text: string): void {
    this.#firstTextMs ??= performance.now() - this.#start;
    if (type === 'text') this.#text += text;
    else this.#thought += text;
    this.emit({ type, text });
  }

  /**
   * The reader of raw output repairs arguments, and fits them to the tool's schema. Arguments that were cut stay text: a
   * tool would do something else with half of them.
   */
  #call({ id, name, arguments: text }: RawToolCall): void {
    const { tools = [] } = this.#request;
    const given = text.trim() === '' ? '{}' : text;
    const body = `{"name": ${JSON.stringify(name)}, "arguments": ${given}}`;
    // No mark of the reader may stand within the arguments.
    const sent = body.replaceAll('<', '\\u003c');
    const { calls } = this.#isWhole(given)
      ? this.#options.formats.readAnswer(`<tool_call>\n${sent}\n</tool_call>`, { tools, thoughtOpen: false })
      : { calls: [] };
    const [call] = calls;
    if (call === undefined) this.#say('text', `${this.#text === '' ? '' : '\n'}${body}`);
    else this.#give({ id, ...call });
  }

  /** Tells if arguments came to their end. An answer that was cut may end with a brace of its own by chance. */
  #isWhole(given: string): boolean {
    if (this.#finish !== 'length') return given.trimEnd().endsWith('}');
    try {
      return typeof JSON.parse(given) === 'object';
    } catch {
      return false;
    }
  }

  #give({ id, name, arguments: given }: Omit<ToolCall, 'id'> & { readonly id: string | undefined }): void {
    this.#firstTextMs ??= performance.now() - this.#start;
    const call = { id: this.#idFor(id), name, arguments: given };
    this.#toolCalls.push(call);
    this.emit({ type: 'toolCall', call });
  }

  /** Servers count from 0 in each answer, or leave ids out. */
  #idFor(id: string | undefined): string {
    const known = this.#request.messages.flatMap((message) =>
      message.role === 'assistant' ? (message.toolCalls ?? []) : [],
    );
    const isNew = [...known, ...this.#toolCalls].every((call) => call.id !== id);
    return id !== undefined && isNew ? id : `call_${randomUUID()}`;
  }
}

/** The error of an answer that ended before it began, although its status was that of a success. */
export function nothingSaid(host: string): ModelError {
  const message = t(
    '{0} ended its answer before the first word and gave no reason. Check its log: the conversation may be longer than its context, or another request went first.',
    host,
  );
  return new ModelError('engine-error', message);
}
