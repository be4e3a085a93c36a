/** Calls without marks, as small models write them: JSON at the start of a line, or alone in a fence. */
import { callOfObject, pythonCalls } from './callBodies.ts';
import { isUsable, readLoose } from './loose.ts';
import type { RawCall } from './outputFamily.ts';

/** Where such a call may begin, at the start of a line: a fence, also one that has come in part, or JSON. */
export const BARE_START =
  /(^|\n)([ \t]*)(?=`{1,2}$|```[a-z_]{0,12}[ \t]*\r?\n?\s*$|```(?:json|tool_call|tool_code|python|xml)?[ \t]*\r?\n\s*[[{\w<]|[[{])/g;

/** Characters that are held back at most for what may become a call. */
const MAX_HELD = 65_536;
/** Keys that a call's object begins with. */
const FIRST_KEY =
  /^[[{\s]*["']?(?:name|function|type|id|arguments|parameters|args|tool|tool_name|tool_call_id|function_name|action|recipient_name)["']?\s*:/;
/** The beginning of such a key, as far as it has come. */
const MAYBE_KEY = /^[[{\s]*(?:["']?[a-z_]{0,15}["']?\s*)?$/;
const FENCE = /^[ \t]*```[\w-]*[ \t]*\r?\n/;
/** A list of calls as Python writes them, or its beginning. */
const PYTHON = /^\[?\s*(?:print\()?[A-Za-z_][\w.]*\(/;
const MAYBE_PYTHON = /^\[\s*[\w.]*$/;

/** Calls, and the characters that they take. */
export interface BareCalls {
  readonly calls: readonly RawCall[];
  readonly length: number;
}

/**
 * Reads a call at the start of `text`.
 * @returns `more` if that cannot be said yet; undefined if there is none.
 */
export function bareCalls(text: string, isEnd: boolean): BareCalls | 'more' | undefined {
  const fence = FENCE.exec(text)?.[0];
  if (fence === undefined) {
    if (/^[ \t]*`{1,3}[\w-]*$/.test(text)) return isEnd ? undefined : 'more';
    return objects(text, isEnd);
  }
  const close = /\n[ \t]*```[ \t]*(?:\r?\n|$)/.exec(text.slice(fence.length - 1));
  const body = text.slice(fence.length, close === null ? undefined : fence.length - 1 + close.index);
  if (close === null && !isEnd) return mayBeCall(body) && text.length < MAX_HELD ? 'more' : undefined;
  const found = objects(body, true) ?? python(body);
  // A fence with something beside the calls is code.
  if (found === undefined || found === 'more' || body.slice(found.length).trim() !== '') return undefined;
  const length = close === null ? text.length : fence.length - 1 + close.index + close[0].length;
  return { calls: found.calls, length };
}

function mayBeCall(body: string): boolean {
  return FIRST_KEY.test(body) || MAYBE_KEY.test(body) || PYTHON.test(body) || /^\[?\s*[\w.]*$/.test(body);
}

function objects(text: string, isEnd: boolean): BareCalls | 'more' | undefined {
  if (/^\s*\[\s*[A-Za-z_]/.test(text)) return isEnd || text.includes(')]') ? python(text) : heldPython(text);
  if (!FIRST_KEY.test(text)) return !isEnd && MAYBE_KEY.test(text) && text.trim() !== '' ? 'more' : undefined;
  const calls: RawCall[] = [];
  let end = 0;
  while (true) {
    const next = /^[\s;,]*(?=[[{])/.exec(text.slice(end));
    if (next === null) break;
    const found = readLoose(text, end + next[0].length);
    if (found === undefined) break;
    if (found.isCut && !isEnd) return text.length < MAX_HELD ? 'more' : undefined;
    if (!isUsable(found, isEnd)) break;
    const items = Array.isArray(found.value) ? found.value : [found.value];
    const read = items.map(callOfObject);
    if (read.length === 0 || read.some((call) => call === undefined)) break;
    calls.push(...read.filter((call) => call !== undefined));
    end = found.end;
  }
  return calls.length > 0 ? { calls, length: end } : undefined;
}

function heldPython(text: string): 'more' | undefined {
  return (PYTHON.test(text.trim()) || MAYBE_PYTHON.test(text.trim())) && text.length < MAX_HELD
    ? 'more'
    : undefined;
}

function python(text: string): BareCalls | undefined {
  const list = /^\s*\[[\s\S]*?\)\s*\]/.exec(text)?.[0] ?? text;
  if (!PYTHON.test(list.trim())) return undefined;
  const calls = pythonCalls(list, true);
  return calls === undefined ? undefined : { calls, length: list.length };
}
