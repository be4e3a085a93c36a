/**
 * One event of a stream, or a whole answer, in the words of any server. Nothing is required: a field that is missing or
 * of another type counts as absent, because each server leaves out others.
 */
import { isObject } from '../base/json.ts';

/** A piece of a call. An empty id or name counts as absent: LM Studio sends both with later pieces. */
export interface ToolCallDelta {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** A piece of the arguments' JSON, or all of it if the server sent an object. */
  readonly arguments: string | undefined;
}

/** A call as a server sent it, whose arguments are still text. */
export interface RawToolCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string;
}

/** Counts of tokens, as far as a server tells them. */
export interface ChunkUsage {
  readonly promptTokens: number | undefined;
  readonly answerTokens: number | undefined;
  /** Tokens of the prompt that were evaluated for an earlier request. */
  readonly cachedTokens: number | undefined;
}

/** The meaning of one event. */
export interface Chunk {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly ToolCallDelta[];
  /** Natural logarithms of the probabilities of the tokens in `text`. */
  readonly logProbabilities: readonly number[] | undefined;
  /** OpenAI's `finish_reason`, or the reason of llama-server's own form. */
  readonly finish: string | undefined;
  readonly usage: ChunkUsage | undefined;
  /** Progress of the prompt in tokens; llama-server tells it if it is asked to. */
  readonly progress: { readonly done: number; readonly total: number } | undefined;
}

/** Reads a chunk of a chat, a completion, or llama-server's own completion (`/completion`, `/infill`). */
export function readChunk(json: unknown): Chunk {
  const chunk = isObject(json) ? json : {};
  const choices = chunk['choices'];
  const choice = Array.isArray(choices) ? choices.find(isFirst) : chunk;
  const fields = isObject(choice) ? choice : {};
  const message = fields['delta'] ?? fields['message'];
  const said = isObject(message) ? message : fields;
  const isWhole = isObject(fields['message']);
  return {
    text: textIn(said['content']) || textOf(fields['text']),
    thought: thoughtIn(said),
    calls: callsIn(said, isWhole),
    logProbabilities: logProbabilitiesIn(fields),
    finish: finishIn(fields),
    usage: usageIn(chunk),
    progress: progressIn(chunk['prompt_progress']),
  };
}

/** Only one answer is asked for; a server that sends several has the others at other indices. */
function isFirst(choice: unknown): boolean {
  return isObject(choice) && (choice['index'] ?? 0) === 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Mistral's servers have a list of parts, among them thoughts. */
function textIn(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content);
  return content.map((part) => (isObject(part) ? textOf(part['text']) : textOf(part))).join('');
}

/** The fields of thoughts. vLLM sent the same text in two of them for some versions, so only the first counts. */
function thoughtIn(said: Record<string, unknown>): string {
  for (const name of ['reasoning_content', 'reasoning', 'thinking']) {
    const text = textOf(said[name]);
    if (text !== '') return text;
  }
  const { content } = said;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) ? textIn(part['thinking']) : '')).join('');
}

/** @param isWhole true for a message that comes as one, whose calls have no indices and are told by their places. */
function callsIn(said: Record<string, unknown>, isWhole: boolean): ToolCallDelta[] {
  const calls = Array.isArray(said['tool_calls']) ? said['tool_calls'] : [];
  const deltas = calls.filter(isObject).map((call, place) => {
    const inner = call['function'];
    const delta = deltaOf(call, isObject(inner) ? inner : call);
    return isWhole ? { ...delta, index: place } : delta;
  });
  const old = said['function_call'];
  // llama-cpp-python sends each piece in both forms.
  return isObject(old) && deltas.length === 0 ? [deltaOf({}, old)] : deltas;
}

function deltaOf(call: Record<string, unknown>, inner: Record<string, unknown>): ToolCallDelta {
  const given = inner['arguments'];
  return {
    index: typeof call['index'] === 'number' ? call['index'] : undefined,
    id: textOf(call['id']) || undefined,
    name: textOf(inner['name']) || undefined,
    arguments: isObject(given) ? JSON.stringify(given) : textOf(given) || undefined,
  };
}

function finishIn(fields: Record<string, unknown>): string | undefined {
  const reason = textOf(fields['finish_reason']);
  if (reason !== '') return reason;
  // llama-server's own form: https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
  if (fields['stop'] !== true) return undefined;
  return fields['stop_type'] === 'limit' ? 'length' : 'stop';
}

/** OpenAI's form of completions, its form of chats, and llama-server's own. */
function logProbabilitiesIn(fields: Record<string, unknown>): number[] | undefined {
  const { logprobs, completion_probabilities: own } = fields;
  if (Array.isArray(own)) return own.map(logProbabilityOf).filter(isNumber);
  if (!isObject(logprobs)) return undefined;
  if (Array.isArray(logprobs['token_logprobs'])) return logprobs['token_logprobs'].filter(isNumber);
  const { content } = logprobs;
  return Array.isArray(content) ? content.map(logProbabilityOf).filter(isNumber) : undefined;
}

function logProbabilityOf(token: unknown): unknown {
  return isObject(token) ? token['logprob'] : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function usageIn(chunk: Record<string, unknown>): ChunkUsage | undefined {
  const { usage, timings } = chunk;
  // Ollama counts nothing but zeros in each piece of a completion before the last one.
  if (isObject(usage) && usage['total_tokens'] !== 0) {
    const details = usage['prompt_tokens_details'];
    return {
      promptTokens: count(usage['prompt_tokens']),
      answerTokens: count(usage['completion_tokens']),
      cachedTokens: isObject(details) ? count(details['cached_tokens']) : undefined,
    };
  }
  if (chunk['stop'] !== true) return undefined;
  return {
    promptTokens: count(chunk['tokens_evaluated']),
    answerTokens: count(chunk['tokens_predicted']),
    cachedTokens: isObject(timings) ? count(timings['cache_n']) : undefined,
  };
}

function progressIn(progress: unknown): Chunk['progress'] {
  if (!isObject(progress)) return undefined;
  const [done, total] = [count(progress['processed']), count(progress['total'])];
  return done === undefined || total === undefined ? undefined : { done, total };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
