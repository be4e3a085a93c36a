/**
 * The reason that a server gives for a failure. OpenAI's form is `{"error":{"message","type","code"}}`; vLLM also has it
 * without the outer object, Ollama a text in its place, FastAPI (llama-cpp-python, vLLM's checks) `detail`, and proxies
 * answer with pages.
 */
import { isObject, parseSmallJson } from '../base/json.ts';
import { singleLine } from '../base/text.ts';

/** Characters of a reason that are shown. */
const MAX_SHOWN = 400;

/** A failure in the words of a server. */
export interface ServerError {
  /** On one line; empty if the server gave no reason. */
  readonly message: string;
  /** The message as it was sent, which may have a part of the answer in it. */
  readonly raw: string;
  /** OpenAI's `type`, such as `exceed_context_size_error`. */
  readonly type: string | undefined;
  /** OpenAI's `code`, a word or an HTTP status. */
  readonly code: string | undefined;
  /** Tokens of the prompt and of the context, which llama-server tells. */
  readonly promptTokens: number | undefined;
  readonly contextTokens: number | undefined;
  /** True for a page in HTML, which is of another program. */
  readonly isPage: boolean;
}

const NONE = {
  type: undefined,
  code: undefined,
  promptTokens: undefined,
  contextTokens: undefined,
  isPage: false,
} as const;

/** Reads the body of an answer with an unsuccessful status. @param body its first bytes. */
export function readServerError(body: Uint8Array): ServerError {
  const json = parseSmallJson(body);
  const found = json === undefined ? undefined : errorIn(json);
  if (found !== undefined) return found;
  const raw = new TextDecoder().decode(body);
  if (isPage(raw)) {
    const title = /<title[^>]*>([^<]{1,200})/i.exec(raw)?.[1] ?? '';
    return { ...NONE, message: singleLine(title, MAX_SHOWN), raw: '', isPage: true };
  }
  return { ...NONE, message: json === undefined ? singleLine(raw, MAX_SHOWN) : '', raw };
}

/** Tells if a text is a page rather than an answer of an API. */
export function isPage(text: string): boolean {
  return /^\s*(?:<!doctype html|<html|<\?xml|<head)/i.test(text);
}

/** Returns the error that a parsed answer is, or undefined if it is none. */
export function errorIn(json: unknown): ServerError | undefined {
  if (!isObject(json)) return undefined;
  const { error } = json;
  if (typeof error === 'string' && error !== '') return told(error, json);
  if (isObject(error)) return told(error['message'] ?? error['error'], error);
  if (json['object'] === 'error') return told(json['message'], json);
  const { detail } = json;
  if (typeof detail === 'string') return told(detail, json);
  if (Array.isArray(detail)) return told(detail.map(detailText).join('; '), json);
  return undefined;
}

function told(message: unknown, fields: Record<string, unknown>): ServerError {
  const raw = typeof message === 'string' ? message : '';
  return {
    message: singleLine(raw, MAX_SHOWN),
    raw,
    type: word(fields['type']),
    code: word(fields['code']),
    promptTokens: count(fields['n_prompt_tokens']),
    contextTokens: count(fields['n_ctx']),
    isPage: false,
  };
}

/** FastAPI names the place of each flaw in `loc`. */
function detailText(detail: unknown): string {
  if (!isObject(detail)) return String(detail);
  const place = Array.isArray(detail['loc']) ? detail['loc'].join('.') : '';
  return [place, detail['msg']].filter((part) => typeof part === 'string' && part !== '').join(': ');
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 100) : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Tells if the prompt is longer than the context, in the words of any of the servers. */
export function isOverflow({ message, type, code }: ServerError): boolean {
  if (type === 'exceed_context_size_error' || code === 'context_length_exceeded') return true;
  return /maximum context length|exceeds? (?:the )?(?:available )?context|context (?:length|window|size) (?:is )?(?:exceeded|of only)|longer than the (?:maximum|max)? ?(?:model|context) ?length|greater than the context length|requested tokens .{0,40}exceed/i.test(
    message,
  );
}

/**
 * Tells if a request was refused because of its tools: vLLM without a parser for calls
 * (vllm/entrypoints/openai/serving_chat.py), Ollama's models without the ability (server/images.go, errCapabilities), and
 * llama-server without `--jinja` (tools/server/server-common.cpp).
 */
export function refusesTools({ message }: ServerError): boolean {
  return /tool choice requires --enable-auto-tool-choice|requires --tool-call-parser|does not support tools|tools param requires --jinja/i.test(
    message,
  );
}

/** Tells if a server will answer as soon as its model or its program is there. */
export function isLoading(status: number, { message, type }: ServerError): boolean {
  if (status !== 503) return false;
  return (
    type === 'unavailable_error' || /\b(?:loading|starting|installing|warming up|not ready)\b/i.test(message)
  );
}

/**
 * Texts that a server generated and could not parse. They come in the message of the error, and are an answer all the
 * same: Ollama (`model/parsers`, `tools`) and llama.cpp (`common_chat_parse`) put the raw text there.
 */
const UNPARSED: readonly RegExp[] = [
  /error parsing tool call: raw='([\s\S]*)', err=/,
  /^Failed to parse input at pos \d+: ([\s\S]+)$/,
];

/** Returns the generated text in the message of an error, or undefined if there is none. */
export function rescuedText({ raw }: ServerError): string | undefined {
  for (const pattern of UNPARSED) {
    const text = pattern.exec(raw)?.[1];
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}
