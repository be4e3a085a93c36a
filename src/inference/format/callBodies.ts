/** The forms in which families write calls between their marks. */

import { isObject } from '../../base/json.ts';
import { NAME } from './elements.ts';
import { isUsable, type LooseOptions, readLoose } from './loose.ts';
import type { BodyReader, RawCall } from './outputFamily.ts';

const NAME_KEYS = ['name', 'tool_name', 'tool', 'function_name', 'recipient_name', 'action'];
/** Keys beside the name that are no arguments. */
const OTHER_KEYS = ['type', 'id', 'tool_call_id', 'index'];
const ARGUMENT_KEYS = ['arguments', 'parameters', 'args', 'input', 'kwargs', 'action_input', 'tool_input'];

function asArguments(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined || value === null || value === '') return {};
  if (isObject(value)) return value;
  if (typeof value !== 'string') return undefined;
  const parsed = readLoose(value)?.value;
  return isObject(parsed) ? parsed : undefined;
}

/** `{"name": …, "arguments": {…}}` and the like; undefined for any other object. */
export function callOfObject(value: unknown): RawCall | undefined {
  if (!isObject(value)) return undefined;
  // OpenAI's form: {"type": "function", "function": {"name": …, "arguments": "…"}}.
  if (isObject(value['function'])) return callOfObject(value['function']);
  const nameKey = [...NAME_KEYS, 'function'].find((key) => typeof value[key] === 'string');
  if (nameKey === undefined) return undefined;
  const name = String(value[nameKey]);
  const argumentKey = ARGUMENT_KEYS.find((key) => key in value);
  if (!NAME.test(name)) return undefined;
  if (argumentKey === undefined) {
    // Arguments beside the name, if all that is there are arguments.
    const others = Object.entries(value).filter(([key]) => key !== nameKey && !OTHER_KEYS.includes(key));
    return { name, arguments: Object.fromEntries(others), isFlat: others.length > 0 };
  }
  const given = asArguments(value[argumentKey]);
  return given === undefined ? undefined : { name, arguments: given };
}

/** The calls of an object, of a list, or of an object with a list and nothing else; undefined for any other value. */
export function callsOfList(value: unknown, read = callOfObject): RawCall[] | undefined {
  const list = isObject(value) && Array.isArray(value['tool_calls']) ? value['tool_calls'] : value;
  const isMore =
    isObject(value) &&
    list !== value &&
    Object.entries(value).some(
      ([key, one]) => key !== 'tool_calls' && key !== 'role' && one !== null && one !== '',
    );
  const items = Array.isArray(list) ? list : [list];
  const calls = items.map((item) => read(item)).filter((call) => call !== undefined);
  return isMore || calls.length < items.length || calls.length === 0 ? undefined : calls;
}

/** `{"get_weather": {"city": "Oslo"}}`: the name is the only key. */
function callOfKey(value: unknown): RawCall | undefined {
  if (!isObject(value)) return undefined;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0 || !isObject(entry[1]) || !NAME.test(entry[0])) return undefined;
  return { name: entry[0], arguments: entry[1] };
}

function callsOf(value: unknown): RawCall[] | undefined {
  return callsOfList(value, (item) => callOfObject(item) ?? callOfKey(item));
}

/** The text in a Markdown fence, or the text itself. */
export function withoutFence(text: string): string {
  return /^\s*```[\w-]*[ \t]*\n?([\s\S]*?)(?:```\s*)?$/.exec(text)?.[1] ?? text;
}

/** Objects or a list of them, one behind the other, in a fence or not. */
export const jsonCalls: BodyReader = (body, isEnd) => {
  const text = withoutFence(body);
  const calls: RawCall[] = [];
  let at = 0;
  while (/[^\s;,]/.test(text.slice(at))) {
    const found = readLoose(text, text.slice(at).search(/[^\s;,]/) + at);
    if (found === undefined || !isUsable(found, isEnd)) return undefined;
    const more = callsOf(found.value);
    if (more === undefined) {
      // Small models write one brace too many.
      if (calls.length > 0 && /^[\s\]}]*$/.test(text.slice(at))) break;
      return undefined;
    }
    calls.push(...more);
    at = found.end;
    if (/^[\s\]}]*$/.test(text.slice(at))) break;
  }
  return calls.length > 0 ? calls : undefined;
};

/** `name` and its arguments as an object behind it: `name {…}`, `name\n{…}`, `name` alone. */
export function namedJson(separator: RegExp): BodyReader {
  return (body, isEnd) => {
    const parts = separator.exec(body);
    const name = (parts === null ? body : body.slice(0, parts.index)).trim();
    if (!NAME.test(name)) return undefined;
    const rest = parts === null ? '' : withoutFence(body.slice(parts.index + parts[0].length));
    if (rest.trim() === '') return [{ name, arguments: {} }];
    const found = readLoose(rest);
    if (found === undefined || !isUsable(found, isEnd) || !isObject(found.value)) return undefined;
    return /^[\s}]*$/.test(rest.slice(found.end)) ? [{ name, arguments: found.value }] : undefined;
  };
}

/** `call:name{key:value}` with a quote mark of its own. */
export function callColon(quote: string): BodyReader {
  const options: LooseOptions = { quotes: [quote] };
  return (body, isEnd) => {
    const calls: RawCall[] = [];
    let rest = body.trim();
    while (rest !== '') {
      const head = /^call:([^\s{]+)\s*(?=\{)/.exec(rest);
      if (head === null) return undefined;
      const found = readLoose(rest, head[0].length, options);
      if (found === undefined || !isUsable(found, isEnd) || !isObject(found.value)) return undefined;
      calls.push({ name: head[1] ?? '', arguments: found.value });
      rest = rest.slice(found.end).replace(/^[\s,;]+/, '');
    }
    return calls.length > 0 ? calls : undefined;
  };
}

/** Calls as Python writes them: `[f(a="x", b=2), g()]`, `f(a="x")`, each on a line of its own. */
export const pythonCalls: BodyReader = (body, isEnd) => {
  const text = withoutFence(body)
    .trim()
    .replace(/^print\(([\s\S]*)\)$/, '$1');
  const inner = text.startsWith('[') ? text.slice(1).replace(/\]\s*$/, '') : text;
  const calls: RawCall[] = [];
  let at = 0;
  while (/[^\s,;]/.test(inner.slice(at))) {
    const found = pythonCall(inner, at + inner.slice(at).search(/[^\s,;]/), isEnd);
    if (found === undefined) return undefined;
    calls.push(found.call);
    at = found.end;
  }
  return calls.length > 0 ? calls : undefined;
};

function pythonCall(text: string, start: number, isEnd: boolean): { call: RawCall; end: number } | undefined {
  const head = /^([\p{L}_][\p{L}\p{N}_.-]*)\s*\(/u.exec(text.slice(start, start + 200));
  if (head === null) return undefined;
  const given: Record<string, unknown> = {};
  const positional: unknown[] = [];
  let at = start + head[0].length;
  while (true) {
    at += /^[\s,]*/.exec(text.slice(at))?.[0].length ?? 0;
    if (text[at] === ')') break;
    if (at >= text.length) {
      // A number or a list of arguments may go on.
      if (!isEnd || !/["'\])}(]\s*$/.test(text.slice(-40))) return undefined;
      break;
    }
    const key = /^([\p{L}_][\p{L}\p{N}_]*)\s*=(?!=)/u.exec(text.slice(at, at + 200));
    const value = readLoose(text, at + (key?.[0].length ?? 0));
    if (value === undefined || !isUsable(value, isEnd)) return undefined;
    if (key?.[1] === undefined) positional.push(value.value);
    else given[key[1]] = value.value;
    at = value.end;
  }
  const name = (head[1] ?? '').replace(/\.call$/, '');
  return { call: { name, arguments: given, positional }, end: at + 1 };
}

/** Tells if a body ends with a closing mark or bracket, so that it may be whole though its last mark is missing. */
export function endsWhole(text: string): boolean {
  return /(?:<\/[^<>]*>|[\]})])\s*$/.test(text.slice(-200));
}

/** Marks in front of the parts of a call, and those that end it. */
export interface CallParts {
  readonly begin: string;
  /** Undefined if the name comes first. */
  readonly name?: string;
  readonly nameEnd?: string;
  readonly arguments: string;
  readonly end: readonly string[];
}

/** Calls whose name and arguments, an object in JSON, stand behind marks of their own. */
export function markedCalls(parts: CallParts): BodyReader {
  return (body, isEnd) => {
    const calls: RawCall[] = [];
    for (let at = passMarks(body, 0, []); at < body.length; ) {
      const found = markedCall(body, passMarks(body, at, [parts.begin]), parts, isEnd);
      if (found === undefined) return undefined;
      calls.push(found.call);
      at = passMarks(body, found.end, parts.end);
    }
    return calls.length > 0 ? calls : undefined;
  };
}

function markedCall(
  body: string,
  start: number,
  parts: CallParts,
  isEnd: boolean,
): { readonly call: RawCall; readonly end: number } | undefined {
  const at = body.indexOf(parts.arguments, start);
  if (at < 0 && !isEnd) return undefined;
  const head = body.slice(start, at < 0 ? body.length : at);
  const behind = parts.name === undefined ? head : head.split(parts.name)[1];
  const name = behind?.replace(parts.nameEnd ?? '', '').trim() ?? '';
  if (!NAME.test(name)) return undefined;
  if (at < 0) return { call: { name, arguments: {} }, end: body.length };
  const found = readLoose(body, at + parts.arguments.length);
  if (found === undefined || !isUsable(found, isEnd) || !isObject(found.value)) return undefined;
  return { call: { name, arguments: found.value }, end: found.end };
}

/** The index behind marks and white space. */
function passMarks(text: string, start: number, marks: readonly string[]): number {
  let at = start;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++;
    const mark = marks.find((one) => text.startsWith(one, at));
    if (mark === undefined) return at;
    at += mark.length;
  }
}
