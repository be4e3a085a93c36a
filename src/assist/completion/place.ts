/** The place of a completion in a file, and the part of the file that the model sees around it. */
import type { Surroundings } from '../../inference/index.ts';
import { fitSurroundings } from './context/contextFile.ts';

/** A cursor in a document. Line ends are `\n`. */
export interface Place {
  /** Identifies the document, such as its address. */
  readonly document: string;
  /**
   * The text before the cursor. It may begin in the middle of the file, if it begins there for every place nearby.
   */
  readonly prefix: string;
  /** The text behind the cursor, at least the next lines. */
  readonly suffix: string;
  /** Texts of other places, as far as they are known. */
  readonly surroundings?: Surroundings | undefined;
}

/** The text around a hole. */
export interface Hole {
  /** Identifies the document. */
  readonly document: string;
  /** Index of `prefix` in the place's own. */
  readonly start: number;
  readonly prefix: string;
  readonly suffix: string;
  /** Texts of other places, as far as there is room. */
  readonly surroundings?: Surroundings | undefined;
}

/** Limits of a hole's texts. */
export interface HoleLimits {
  readonly prefixCharacters: number;
  readonly suffixCharacters: number;
  /** For texts of other places. Defaults to 0. */
  readonly surroundingCharacters?: number | undefined;
}

/** Most lines of suffix: 12 do as well as 20 or 64. */
const SUFFIX_LINES = 12;

/**
 * Cuts the text around a place to what a model gets. The front of the prefix stays where it is while the user types, so
 * that the engine evaluates only what is new: a prefix that is too long loses half of its limit at once, up to the
 * beginning of a line, and then grows again.
 */
export function holeAt({ document, prefix, suffix, surroundings }: Place, limits: HoleLimits): Hole {
  const start = frontOf(prefix, limits.prefixCharacters);
  return {
    document,
    start,
    prefix: prefix.slice(start),
    suffix: restOfBlock(suffix, indentation(lineBefore({ prefix })), limits.suffixCharacters),
    surroundings: fitSurroundings(surroundings, limits.surroundingCharacters ?? 0),
  };
}

/** Returns the text that was typed from `earlier` to `later`, or undefined if anything else changed. */
export function typedBetween(earlier: Hole, later: Hole): string | undefined {
  const isSame =
    earlier.document === later.document && earlier.start === later.start && earlier.suffix === later.suffix;
  if (!isSame || !later.prefix.startsWith(earlier.prefix)) return undefined;
  return later.prefix.slice(earlier.prefix.length);
}

/**
 * Returns the word that is being typed, with a space before it unless that belongs to the line's indentation.
 * Vocabularies have whole words with their space as one token, so a model that is given half a word goes on with tokens
 * that no text has there.
 */
export function wordBefore(hole: Pick<Hole, 'prefix'>): string {
  const line = lineBefore(hole);
  const [word = ''] = /(?:(?<![A-Za-z0-9_$])[A-Za-z_$][A-Za-z0-9_$]{0,63})?$/.exec(line) ?? [];
  const front = line.slice(0, line.length - word.length);
  return front.endsWith(' ') && front.trim() !== '' ? ` ${word}` : word;
}

/** Returns the part of the cursor's line before the cursor. */
export function lineBefore({ prefix }: Pick<Hole, 'prefix'>): string {
  return prefix.slice(prefix.lastIndexOf('\n') + 1);
}

/** Returns the part of the cursor's line behind the cursor. */
export function lineBehind({ suffix }: Pick<Hole, 'suffix'>): string {
  const end = suffix.indexOf('\n');
  return end < 0 ? suffix : suffix.slice(0, end);
}

function frontOf(prefix: string, limit: number): number {
  if (prefix.length <= limit) return 0;
  const step = Math.max(1, Math.floor(limit / 2));
  const cut = Math.ceil((prefix.length - limit) / step) * step;
  const lineEnd = prefix.indexOf('\n', cut - 1);
  // A line of thousands of characters is cut itself, but not inside of a character.
  if (lineEnd >= 0 && lineEnd < cut + step / 2) return lineEnd + 1;
  return isLowSurrogate(prefix.charCodeAt(cut)) ? cut + 1 : cut;
}

/**
 * Returns the rest of the cursor's line and the lines behind it, up to the end of the block that the cursor is in. What
 * comes after is about something else: models that were trained on single functions take it for the frame of the hole,
 * and a format with the prefix first evaluates it again at each key.
 */
function restOfBlock(suffix: string, indented: number, limit: number): string {
  let end = lineEndOf(suffix, 0);
  for (let line = 1; line < SUFFIX_LINES && end < suffix.length; line++) {
    const next = lineEndOf(suffix, end);
    if (next > limit) break;
    const text = suffix.slice(end, next);
    if (indented === 0 && text.trim() === '') break;
    end = next;
    if (text.trim() !== '' && indentation(text) < indented) break;
  }
  const length = Math.min(end, limit);
  return suffix.slice(0, isLowSurrogate(suffix.charCodeAt(length)) ? length - 1 : length);
}

/** Returns the index behind the line at `start`, with its line end. */
function lineEndOf(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end + 1;
}

/** Returns the width of a line's white space at its beginning; a tab counts as four columns. */
export function indentation(line: string): number {
  const white = /^[ \t]*/.exec(line)?.[0] ?? '';
  return [...white].reduce((width, character) => width + (character === '\t' ? 4 : 1), 0);
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
