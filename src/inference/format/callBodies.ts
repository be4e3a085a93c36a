/** The forms in which families write calls between their marks. */

import { isObject } from '../../base/json.ts';
import { isUsable, type LooseOptions, readLoose } from './loose.ts';
import type { BodyReader, RawCall } from './outputFamily.ts';

const NAME_KEYS = ['name', 'tool_name', 'tool', 'function_name', 'recipient_name', 'action'];
const ARGUMENT_KEYS = ['arguments', 'parameters', 'args', 'input', 'kwargs', 'action_input', 'tool_input'];

/** A function's name: letters, digits, and what namespaces are written with. */
const NAME = /^[\p{L}_][\p{L}\p{N}_.:/-]{0,127}$/u;

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
  const given = asArguments(argumentKey === undefined ? undefined : value[argumentKey]);
  return given === undefined || !NAME.test(name) ? undefined : { name, arguments: given };
}

/** `{"get_weather": {"city": "Oslo"}}`: the name is the only key. */
function callOfKey(value: unknown): RawCall | undefined {
  if (!isObject(value)) return undefined;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0 || !isObject(entry[1]) || !NAME.test(entry[0])) return undefined;
  return { name: entry[0], arguments: entry[1] };
}

function callsOf(value: unknown): RawCall[] | undefined {
  const items = Array.isArray(value) ? value : [value];
  const calls = items
    .map((item) => callOfObject(item) ?? callOfKey(item))
    .filter((call) => call !== undefined);
  return calls.length === items.length && calls.length > 0 ? calls : undefined;
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

/** The value of an element as models write it: on lines of its own, and not escaped. */
function raw(text: string): string {
  return text.replace(/^\r?\n/, '').replace(/\r?\n[ \t]*$/, '');
}

/** Tells if a body ends with a closing mark or bracket, so that it may be whole though its last mark is missing. */
export function endsWhole(text: string): boolean {
  return /(?:<\/[^<>]*>|[\]})])\s*$/.test(text.slice(-200));
}

/** `<function=f><parameter=p>value</parameter></function>`; a value goes on to the next known mark. */
export const functionElements: BodyReader = (body, isEnd) => {
  const calls: RawCall[] = [];
  for (const block of body.split(/(?=<function=)/)) {
    if (block.trim() === '') continue;
    const head = /^<function=([^>\s]+)>/.exec(block);
    if (head === null) return undefined;
    if (!isEnd && !/<\/function>/.test(block)) return undefined;
    const inner = block.slice(head[0].length).replace(/<\/function>\s*$/, '');
    const json = readLoose(inner);
    if (json !== undefined && isUsable(json, isEnd) && isObject(json.value)) {
      calls.push({ name: head[1] ?? '', arguments: json.value });
      continue;
    }
    const pattern = /<parameter=([^>]+)>([\s\S]*?)(?:<\/parameter>|(?=<parameter=)|<\/function>|$)/g;
    const found = [...inner.matchAll(pattern)].map(([, key = '', value = '']) => [key.trim(), raw(value)]);
    if (found.length === 0 && inner.trim() !== '') return undefined;
    calls.push({ name: head[1] ?? '', arguments: Object.fromEntries(found), isText: true });
  }
  return calls.length > 0 ? calls : undefined;
};

/** The same behind a mark that is `<function=` itself and before one that is `</function>`. */
export const functionBody: BodyReader = (body, isEnd) =>
  functionElements(`<function=${body}${isEnd ? '' : '</function>'}`, isEnd);

/** `<invoke name="f"><parameter name="p">value</parameter></invoke>`, whatever the namespace is. */
export const invokeElements: BodyReader = (body) => {
  const blocks = [
    ...body.matchAll(/<[^<>/\s]*invoke\s+name="([^"]+)"\s*>([\s\S]*?)(?:<\/[^<>\s]*invoke>|$)/g),
  ];
  const calls = blocks.map(([, name = '', inner = '']): RawCall => {
    const pattern =
      /<[^<>/\s]*parameter\s+name="([^"]+)"[^>]*>([\s\S]*?)(?:<\/[^<>\s]*parameter>|(?=<[^<>/\s]*parameter\s)|$)/g;
    const entries = [...inner.matchAll(pattern)].map(([, key = '', value = '']) => [key, raw(value)]);
    return { name, arguments: Object.fromEntries(entries), isText: true };
  });
  return calls.length > 0 ? calls : undefined;
};

/** `f\n<arg_key>k</arg_key>\n<arg_value>v</arg_value>`. */
export const argumentElements: BodyReader = (body) => {
  const name = /^\s*([^\s<{]+)\s*(?=<arg_key>|$)/.exec(body)?.[1];
  if (name === undefined || !NAME.test(name)) return undefined;
  const pattern = /<arg_key>([\s\S]*?)<\/arg_key>\s*<arg_value>([\s\S]*?)(?:<\/arg_value>|(?=<arg_key>)|$)/g;
  const entries = [...body.matchAll(pattern)].map(([, key = '', value = '']) => [key.trim(), raw(value)]);
  return [{ name, arguments: Object.fromEntries(entries), isText: true }];
};
