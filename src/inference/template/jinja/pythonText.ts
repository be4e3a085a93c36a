/**
 * Methods of Python's str that chat templates use, in so far as the template engine lacks them or does something
 * else: its strip() takes no characters, and its replace() can grow without a bound.
 */
import type { Budget } from './budget.ts';

/** Arguments of a call, as plain values; those with a name come as an object of the engine at the end. */
type Method = (text: string, args: readonly unknown[], budget: Budget) => unknown;

/** isspace() of C, which llama.cpp uses. */
const WHITE_SPACE = ' \t\n\v\f\r';

export function strip(text: string, chars: unknown, sides: 'both' | 'left' | 'right'): string {
  const stripped = typeof chars === 'string' ? chars : WHITE_SPACE;
  let start = 0;
  let end = text.length;
  if (sides !== 'right') while (start < end && stripped.includes(text.charAt(start))) start++;
  if (sides !== 'left') while (end > start && stripped.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** `text[start:stop:step]`, by code points. */
export function sliceText(text: string, start?: number, stop?: number, step = 1): string {
  const characters = /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
  const { length } = characters;
  if (step === 0) throw new Error('slice step cannot be zero');
  const at = (index: number): number => Math.max(step < 0 ? -1 : 0, index < 0 ? index + length : index);
  const first = Math.min(
    start === undefined ? (step < 0 ? length - 1 : 0) : at(start),
    step < 0 ? length - 1 : length,
  );
  const end = stop === undefined ? (step < 0 ? -1 : length) : Math.min(at(stop), length);
  if (step === 1) {
    const part = characters.slice(first, Math.max(first, end));
    return typeof part === 'string' ? part : part.join('');
  }
  let sliced = '';
  for (let index = first; step > 0 ? index < end : index > end; index += step) sliced += characters[index];
  return sliced;
}

/** Replaces within the budget of the rendering. @param count at most; all of them if it is undefined. */
export function replaceText(text: string, old: string, by: string, count: unknown, budget: Budget): string {
  const limit = typeof count === 'number' && count >= 0 ? count : Number.POSITIVE_INFINITY;
  const parts = old === '' ? ['', ...text, ''] : text.split(old);
  const times = Math.min(parts.length - 1, limit);
  budget.checkLength(text.length + times * by.length);
  if (limit >= parts.length - 1) return parts.join(by);
  return [...parts.slice(0, limit), parts.slice(limit).join(old)].join(by);
}

function split(text: string, args: readonly unknown[]): string[] {
  const [separator, most] = named(args, ['sep', 'maxsplit']);
  const limit = typeof most === 'number' && most >= 0 ? most : Number.POSITIVE_INFINITY;
  if (typeof separator !== 'string') {
    const words = text.split(/\s+/).filter((word) => word !== '');
    return limit >= words.length ? words : [...words.slice(0, limit), words.slice(limit).join(' ')];
  }
  if (separator === '') throw new Error('empty separator');
  const parts = text.split(separator);
  return limit >= parts.length - 1 ? parts : [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

function splitFromEnd(text: string, args: readonly unknown[]): string[] {
  const [separator, most] = named(args, ['sep', 'maxsplit']);
  const parts = split(text, [separator]);
  if (typeof most !== 'number' || most < 0 || most >= parts.length - 1) return parts;
  const kept = parts.length - most;
  return [parts.slice(0, kept).join(typeof separator === 'string' ? separator : ' '), ...parts.slice(kept)];
}

/** `'{} {0} {name}'.format(…)`, without format specifications. */
function format(text: string, args: readonly unknown[], budget: Budget): string {
  const last = args.at(-1);
  const keys = last instanceof Map ? (last as Map<string, { value: unknown }>) : undefined;
  let next = 0;
  let length = text.length;
  return text.replace(/\{\{|\}\}|\{(\w*)\}/g, (whole, field: string | undefined) => {
    if (field === undefined) return whole.charAt(0);
    const value = /^\d*$/.test(field) ? args[field === '' ? next++ : Number(field)] : keys?.get(field)?.value;
    const written = value === undefined || value === null ? '' : String(value);
    length += written.length;
    budget.checkLength(length);
    return written;
  });
}

/** Positional arguments, with those that have a name put where they belong. */
function named(args: readonly unknown[], names: readonly string[]): unknown[] {
  const last = args.at(-1);
  if (!(last instanceof Map)) return [...args];
  const positional: unknown[] = args.slice(0, -1);
  for (const [at, name] of names.entries()) {
    const value = (last as Map<string, { value: unknown }>).get(name);
    if (value !== undefined) positional[at] = value.value;
  }
  return positional;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('a text is needed');
  return value;
}

/** Methods by name. */
export const TEXT_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['strip', (text, args) => strip(text, named(args, ['chars'])[0], 'both')],
  ['lstrip', (text, args) => strip(text, named(args, ['chars'])[0], 'left')],
  ['rstrip', (text, args) => strip(text, named(args, ['chars'])[0], 'right')],
  ['split', split],
  ['rsplit', splitFromEnd],
  ['splitlines', (text) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))],
  [
    'replace',
    (text, args, budget) => {
      const [old, by, count] = named(args, ['old', 'new', 'count']);
      return replaceText(text, textOf(old), textOf(by), count, budget);
    },
  ],
  ['format', format],
  ['find', (text, [part]) => text.indexOf(textOf(part))],
  ['rfind', (text, [part]) => text.lastIndexOf(textOf(part))],
  ['count', (text, [part]) => text.split(textOf(part)).length - 1],
  [
    'removeprefix',
    (text, [part]) => (text.startsWith(textOf(part)) ? text.slice(textOf(part).length) : text),
  ],
  [
    'removesuffix',
    (text, [part]) =>
      textOf(part) !== '' && text.endsWith(textOf(part)) ? text.slice(0, -textOf(part).length) : text,
  ],
  ['isdigit', (text) => /^\d+$/.test(text)],
  ['isspace', (text) => /^\s+$/.test(text)],
  ['capitalize', (text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()],
]);
