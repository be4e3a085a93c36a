/**
 * Changes that name the lines they replace (diffs, search and replace, calls of editing tools), applied to lines of a
 * document: where they match exactly, else where they match but for white space, and only if that is one place.
 */

import type { Language } from './code/languages.ts';
import { wordsShared } from './code/words.ts';
import { Reindent } from './indentation.ts';
import { REASONS, refuse } from './result.ts';
import { indentOf, isBlank, keyOf } from './window.ts';

/** A line of a change: it stays, is removed, or is added. */
export interface Step {
  readonly op: ' ' | '-' | '+';
  readonly text: string;
}

/** Changes of neighboring lines. */
export type Hunk = readonly Step[];

/** The lines to change, and how their language and indentation are. */
export interface Target {
  readonly lines: readonly string[];
  readonly language: Language;
  readonly indentation: string;
  /** Places that are preferred if a change matches in several: the first line, and the one behind the last. */
  readonly range?: readonly [number, number];
}

/** A change with its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** The old lines of a change. */
function oldOf(hunk: Hunk): readonly string[] {
  return hunk.flatMap(({ op, text }) => (op === '+' ? [] : [text]));
}

/** Makes the change that replaces some lines with others. */
export function replacement(old: readonly string[], lines: readonly string[]): Hunk {
  return [...old.map((text): Step => ({ op: '-', text })), ...lines.map((text): Step => ({ op: '+', text }))];
}

/** Changes of one file beyond which an answer is noise. */
const MAX_HUNKS = 1_000;

/** Returns every place where `wanted` stands in `lines`, in linear time (Knuth, Morris and Pratt). */
export function placesOf(wanted: readonly string[], lines: readonly string[]): number[] {
  const places: number[] = [];
  if (wanted.length === 0 || wanted.length > lines.length) return places;
  const borders = bordersOf(wanted);
  let matched = 0;
  for (const [index, line] of lines.entries()) {
    while (matched > 0 && line !== wanted[matched]) matched = borders[matched - 1] ?? 0;
    if (line === wanted[matched]) matched++;
    if (matched < wanted.length) continue;
    places.push(index - matched + 1);
    matched = borders[matched - 1] ?? 0;
  }
  return places;
}

/** Returns for each beginning of a list the length of its longest part that is its beginning and its end as well. */
export function bordersOf(list: readonly string[]): number[] {
  const borders = [0];
  let length = 0;
  for (let index = 1; index < list.length; index++) {
    while (length > 0 && list[index] !== list[length]) length = borders[length - 1] ?? 0;
    if (list[index] === list[length]) length++;
    borders.push(length);
  }
  return borders;
}

interface Match {
  readonly start: number;
  /** The line of the document for each old line of the change. */
  readonly places: readonly number[];
  readonly isExact: boolean;
}

/** The one place of several that lies within the preferred range, or touches it if new lines are inserted there. */
function preferred(starts: readonly number[], length: number, { range }: Target): number | undefined {
  if (starts.length === 1) return starts[0];
  if (range === undefined) return undefined;
  const isEmpty = range[0] === range[1];
  const inside = starts.filter((start) =>
    isEmpty
      ? start + length === range[0] || start === range[0]
      : start >= range[0] && start + length <= range[1],
  );
  return inside.length === 1 ? inside[0] : undefined;
}

/**
 * Finds the old lines of a change.
 * @throws Refused if they are nowhere, or in several places.
 */
function find(old: readonly string[], target: Target): Match {
  const exact = placesOf(old, target.lines);
  if (exact.length > 0) {
    const start = preferred(exact, old.length, target);
    if (start === undefined) refuse(REASONS.repeated(old.find((line) => !isBlank(line)) ?? ''));
    return { start, places: old.map((_, index) => start + index), isExact: true };
  }
  return findLoosely(old, target);
}

/** Compares without white space at the ends of lines and without empty lines. */
function findLoosely(old: readonly string[], target: Target): Match {
  const wanted = old.map(keyOf);
  const keys: string[] = [];
  const at: number[] = [];
  for (const [index, line] of target.lines.entries()) {
    if (isBlank(line)) continue;
    keys.push(keyOf(line));
    at.push(index);
  }
  const filledWanted = wanted.filter((key) => key !== '');
  const starts = placesOf(filledWanted, keys);
  if (starts.length === 0) refuseMissing(filledWanted, keys);
  const places = starts.map((start) => at[start] ?? 0);
  const last = (start: number): number => at[start + filledWanted.length - 1] ?? start;
  const inside = (start: number): boolean =>
    target.range !== undefined && (at[start] ?? 0) >= target.range[0] && last(start) < target.range[1];
  const chosen = starts.length === 1 ? starts : starts.filter(inside);
  const [first] = chosen;
  if (chosen.length !== 1 || first === undefined) refuse(REASONS.repeated(filledWanted[0] ?? ''));
  let next = first;
  let place = places[starts.indexOf(first)] ?? 0;
  const matched = wanted.map((key) => {
    if (key !== '') {
      place = at[next++] ?? place;
      return place;
    }
    // An empty line of the change that the document has not.
    const follows = place + 1;
    if (isBlank(target.lines[follows] ?? 'x')) {
      place = follows;
      return place;
    }
    return -1;
  });
  return { start: at[first] ?? 0, places: matched, isExact: false };
}

/** Refuses lines that are nowhere together, with the first unknown one and the document's line that is most like it. */
function refuseMissing(wanted: readonly string[], keys: readonly string[]): never {
  const known = new Set(keys);
  const [first] = wanted;
  const line = wanted.find((key) => !known.has(key));
  if (line === undefined) return refuse(first === undefined ? REASONS.unclear() : REASONS.apart(first));
  let nearest: string | undefined;
  let best = 0.5;
  for (const key of keys) {
    const likeness = wordsShared(line, key);
    if (likeness <= best) continue;
    best = likeness;
    nearest = key;
  }
  return refuse(REASONS.missing(line, nearest));
}

/**
 * Finds a change and makes it a replacement of lines. Lines that stay are the document's own.
 * @throws Refused if its place is not clear.
 */
export function splice(hunk: Hunk, target: Target): Splice {
  const old = oldOf(hunk);
  const match = find(old, target);
  const { places, isExact } = match;
  const fit = isExact ? undefined : fitOf(hunk, places, target);
  const lines: string[] = [];
  let index = 0;
  let last = match.start - 1;
  const between = (until: number): void => {
    // Empty lines of the document that the change does not mention stay.
    for (let line = last + 1; line < until; line++) lines.push(target.lines[line] ?? '');
  };
  for (const { op, text } of hunk) {
    if (op === '+') {
      lines.push(fit === undefined ? text : fit.line(text));
      continue;
    }
    const place = places[index++] ?? -1;
    if (place < 0) continue;
    if (place > last + 1) between(place);
    if (op === ' ') lines.push(target.lines[place] ?? text);
    last = place;
  }
  return { start: match.start, end: last + 1, lines };
}

/** The way of the indentation of a change to that of the document; removed lines tell best. */
function fitOf(hunk: Hunk, places: readonly number[], target: Target): Reindent {
  const steps = hunk.filter(({ op }) => op !== '+');
  const pairsOf = (wanted: (op: Step['op']) => boolean): [string, string][] =>
    steps.flatMap(({ op, text }, position): [string, string][] => {
      const place = places[position] ?? -1;
      if (place < 0 || isBlank(text) || !wanted(op)) return [];
      return [[indentOf(text), indentOf(target.lines[place] ?? '')]];
    });
  const removed = pairsOf((op) => op === '-');
  const pairs = removed.length > 0 ? removed : pairsOf(() => true);
  const [from, to] = pairs[0] ?? ['', ''];
  const texts = hunk.map(({ text }) => text);
  return Reindent.of(from, to, texts, target.indentation, target.language);
}

/**
 * Applies changes to lines, all or none.
 * @throws Refused if a place is not clear, or two changes overlap.
 */
export function applyHunks(hunks: readonly Hunk[], target: Target): Splice[] {
  if (hunks.length > MAX_HUNKS) refuse(REASONS.malformed());
  const splices = hunks.map((hunk) => splice(hunk, target)).sort((one, other) => one.start - other.start);
  for (const [index, { start }] of splices.entries()) {
    const before = splices[index - 1];
    if (before !== undefined && before.end > start) refuse(REASONS.overlap());
  }
  return splices;
}

/** Removes from a replacement the lines that it leaves as they are, at its start and its end. */
export function trimmed({ start, end, lines }: Splice, document: readonly string[]): Splice {
  let from = 0;
  while (from < lines.length && start + from < end && lines[from] === document[start + from]) from++;
  let to = lines.length;
  let last = end;
  while (to > from && last > start + from && lines[to - 1] === document[last - 1]) {
    to--;
    last--;
  }
  return { start: start + from, end: last, lines: lines.slice(from, to) };
}

/** Returns the lines with all replacements made. */
export function spliced(lines: readonly string[], splices: readonly Splice[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const { start, end, lines: added } of splices) {
    for (; at < start; at++) result.push(lines[at] ?? '');
    for (const line of added) result.push(line);
    at = Math.max(at, end);
  }
  for (; at < lines.length; at++) result.push(lines[at] ?? '');
  return result;
}
