/**
 * Code in JSON: calls of editing tools, of whatever family, and objects such as `{"code": "…"}`. Old and new texts are
 * applied like search and replace; a call with nothing but code names no lines, and is refused.
 */

import { isObject } from '../../../base/json.ts';
import { firstCallMark, readAnswer } from '../../../inference/format/index.ts';
import { type Hunk, placesOf, replacement } from '../hunks.ts';
import { REASONS, refuse } from '../result.ts';
import type { Window } from '../window.ts';

/** Changes of lines, or code without a place. */
export type Call = { readonly hunks: readonly Hunk[] } | { readonly lines: readonly string[] };

const OLD =
  'oldString oldText old_str old_string old_text old_code oldCode old search find original before target'.split(
    ' ',
  );
const NEW =
  'newString newText new_str new_string new_text new_code newCode new replace replacement updated after replaceWith'.split(
    ' ',
  );
const CODE =
  'code content text new_code newCode newText new_text replacement answer output result updated_code updatedCode edited_code editedCode modified_code completion fixed_code response lines snippet'.split(
    ' ',
  );
const ASIDE =
  'explanation description language lang file path filePath file_path filename reasoning thought thoughts summary changes comment comments languageId'.split(
    ' ',
  );
const LISTS = 'replacements edits changes'.split(' ');
const TOOLS = (
  'replace_string_in_file multi_replace_string_in_file insert_edit_into_file edit_file str_replace str_replace_editor ' +
  'str_replace_based_edit_tool search_replace search_and_replace replace_in_file apply_patch write_to_file write_file create_file ' +
  'edit replace replace_lines replace_string update_file apply_diff apply_edit edit_code multi_edit'
).split(' ');
/** Characters of an answer beyond which it is not read as a call. */
const MAX_CALL = 200_000;
/** Marks of calls beyond which an answer is noise. */
const MAX_MARKS = 20;

function linesOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.replace(/\r\n/g, '\n').split('\n');
  return Array.isArray(value) && value.every((line): line is string => typeof line === 'string')
    ? value
    : undefined;
}

function pick(object: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  const key = keys.find((name) => name in object);
  return key === undefined ? undefined : object[key];
}

/** Makes a change of a part of lines one of whole lines, if that part is there once. */
function widened(old: string, fresh: string, { original }: Window): Hunk | undefined {
  const text = original.join('\n');
  const at = old === '' ? -1 : text.indexOf(old);
  if (at < 0 || text.indexOf(old, at + 1) >= 0) return undefined;
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const next = text.indexOf('\n', at + old.length);
  const end = next < 0 ? text.length : next;
  const lines = text.slice(start, at) + fresh + text.slice(at + old.length, end);
  return replacement(text.slice(start, end).split('\n'), lines.split('\n'));
}

function hunkOf(value: unknown, window: Window): Hunk | undefined {
  if (!isObject(value)) return undefined;
  const old = linesOf(pick(value, OLD));
  const fresh = linesOf(pick(value, NEW));
  if (old === undefined || fresh === undefined) return undefined;
  // A line break at the end of both is the end of the last line.
  const isEnded = old.length > 1 && old.at(-1) === '' && fresh.at(-1) === '';
  const cut = (lines: readonly string[]): readonly string[] => (isEnded ? lines.slice(0, -1) : lines);
  const isWhole = placesOf(cut(old), window.lines).length > 0;
  const part = isWhole ? undefined : widened(old.join('\n'), fresh.join('\n'), window);
  if (part !== undefined) return part;
  const isEmpty = fresh.length === 1 && fresh[0] === '';
  return replacement(cut(old), isEmpty ? [] : cut(fresh));
}

function hunksOf(value: Readonly<Record<string, unknown>>, window: Window): readonly Hunk[] | undefined {
  const one = hunkOf(value, window);
  if (one !== undefined) return [one];
  const list = pick(value, LISTS);
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const hunks = list.map((item) => hunkOf(item, window));
  return hunks.every((hunk) => hunk !== undefined) ? hunks : undefined;
}

/** Reads an object that is no call by its form. */
function readObject(value: unknown, window: Window): Call | undefined {
  if (!isObject(value)) return undefined;
  const hunks = hunksOf(value, window);
  if (hunks !== undefined) return { hunks };
  const keys = Object.keys(value);
  const code = keys.filter((key) => CODE.includes(key));
  const [key] = code;
  if (code.length !== 1 || key === undefined || !keys.every((name) => name === key || ASIDE.includes(name)))
    return undefined;
  const lines = linesOf(value[key]);
  return lines === undefined ? undefined : { lines: withoutFence(lines) };
}

function withoutFence(lines: readonly string[]): readonly string[] {
  const isFenced = /^```/.test(lines[0] ?? '') && /^```\s*$/.test(lines.at(-1) ?? '') && lines.length > 1;
  const inner = isFenced ? lines.slice(1, -1) : lines;
  return inner.length > 1 && inner.at(-1) === '' ? inner.slice(0, -1) : inner;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads a call or an object with code.
 * @param text all of the answer, or the only block in it.
 * @returns undefined if it is neither.
 * @throws Refused if it is one that names no lines, or is not well formed.
 */
export function readCall(text: string, window: Window): Call | undefined {
  const trimmed = text.trim();
  const code = stringOf(trimmed, window);
  if (code !== undefined) return { lines: withoutFence(code) };
  const mark = firstCallMark(trimmed);
  const isMarked =
    mark !== undefined && !window.contains(mark.mark) && /(?:^|\n)\s*$/.test(trimmed.slice(0, mark.at));
  if (!isMarked && !/^[[{]/.test(trimmed)) return undefined;
  if (trimmed.length > MAX_CALL) return isMarked ? refuse(REASONS.call()) : undefined;
  const isJson = window.language.names.includes('json');
  const own = window.original.join('\n').trim().replace(/,$/, '');
  const isOwn = isJson && !isMarked && isCallObject(own);
  if (isMarked || (isCallObject(trimmed) && !isOwn)) return callOf(trimmed, window);
  // An object of the code itself.
  if (!isJson && isObject(parsed(own))) return undefined;
  const call = readObject(parsed(trimmed), window);
  if (call !== undefined && isJson) {
    // A document of JSON may hold such an object.
    return window.language.kind === 'data' && 'hunks' in call ? undefined : refuse(REASONS.mixed());
  }
  if (call !== undefined) return call;
  if (!isJson && new RegExp(`^\\{\\s*"(?:${[...CODE, ...OLD, ...NEW].join('|')})"\\s*:`).test(trimmed))
    refuse(REASONS.malformed());
  return undefined;
}

/** The lines of a string in which they were written with `\\n`. */
function stringOf(text: string, { language, original, before }: Window): readonly string[] | undefined {
  if (!text.startsWith('"') || text.length > MAX_CALL || language.names.includes('json')) return undefined;
  // A string of the code itself.
  const isOwn =
    original.some((line) => line.trimStart().startsWith('"')) ||
    /[([,=+]\s*$/.test(before.findLast((line) => line.trim() !== '') ?? '');
  if (isOwn) return undefined;
  const value = parsed(text);
  return typeof value === 'string' && value.includes('\n') ? linesOf(value) : undefined;
}

function isCallObject(text: string): boolean {
  const value = parsed(text);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(first))
    return /^[[{\s]*"name"\s*:\s*"[\w.-]+"\s*,\s*"(?:arguments|parameters)"\s*:/.test(text);
  const { function: inner } = first;
  const named = isObject(inner) ? inner : first;
  return (
    typeof named['name'] === 'string' && ['arguments', 'parameters', 'input'].some((key) => key in named)
  );
}

function callOf(text: string, window: Window): Call {
  let marks = 0;
  for (let rest = text, mark = firstCallMark(rest); mark !== undefined; mark = firstCallMark(rest)) {
    if (++marks > MAX_MARKS) return refuse(REASONS.call());
    rest = rest.slice(mark.at + mark.mark.length);
  }
  const tools = TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } }));
  const { calls, text: rest } = readAnswer(text, { tools, thoughtOpen: false });
  const hunks = calls.map((call) => hunksOf(call.arguments, window));
  if (calls.length === 0 || /[{<]/.test(rest)) return refuse(REASONS.call());
  return hunks.every((hunk) => hunk !== undefined) ? { hunks: hunks.flat() } : refuse(REASONS.call());
}
