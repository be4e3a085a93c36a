/** Code without a fence, with what the model says before and after it. */

import { isChat, isRefusal, isSaid, kindsOf, type LineKind, sharedWords } from '../code/words.ts';
import { REASONS, refuse } from '../result.ts';
import { isBlank, isTelling, type Window } from '../window.ts';

/** Whole words that stand alone on a line of code. */
const LONE =
  /^\s*(?:else|end|do|done|fi|then|begin|pass|try|finally|esac|endif|break|continue|return|retry|redo)\s*;?\s*$/i;

/** Refuses an answer without code, with its first words if it says no. */
export function refuseProse(lines: readonly string[]): never {
  const text = lines.find((line) => !isBlank(line))?.trim() ?? '';
  if (text === '') return refuse(REASONS.empty());
  return refuse(isRefusal(text) ? REASONS.declined(text) : REASONS.prose());
}

/**
 * Returns the lines of code of an answer without fences.
 * @throws Refused if there are none, or it is not clear which they are.
 */
export function bareCode(lines: readonly string[], window: Window): readonly string[] {
  const kinds = kindsOf(lines, window.language, (line) => isTelling(line) && window.knows(line));
  const first = kinds.indexOf('code');
  const last = kinds.lastIndexOf('code');
  if (first < 0) return onlyLine(lines, kinds, window);
  if (kinds.slice(first, last + 1).includes('prose')) refuse(REASONS.mixed());
  const from = extended(lines, kinds, first, -1);
  const to = extended(lines, kinds, last, 1);
  const rest = [...kinds.slice(0, from), ...kinds.slice(to + 1)];
  if (rest.includes('either')) refuse(REASONS.mixed());
  return lines.slice(from, to + 1);
}

/** Goes on from the first or the last line of code over words that are code if they stand beside it. */
function extended(lines: readonly string[], kinds: readonly LineKind[], start: number, step: -1 | 1): number {
  let at = start;
  while (kinds[at + step] === 'either' && LONE.test(lines[at + step] ?? '')) at += step;
  return at;
}

/** A line that may be code or not is code if it is all there is, and like the original one. */
function onlyLine(lines: readonly string[], kinds: readonly LineKind[], window: Window): readonly string[] {
  const own = lines.filter((line) => !isBlank(line));
  const isLike = own.length > 0 && !window.isInsertion && sharedWords(own, window.original) >= 0.5;
  if (!kinds.includes('either') || kinds.includes('prose') || !isLike) return refuseProse(lines);
  if (own.some((line) => isChat(line) || isSaid(line) || /[.!?]\s*$/.test(line))) return refuseProse(lines);
  return own;
}

/** Returns the code of an answer that is nothing but code in backticks. */
export function inlineCode(lines: readonly string[], window: Window): readonly string[] | undefined {
  const own = lines.filter((line) => !isBlank(line));
  const inner = own.length === 1 ? /^\s*(`{1,2})([^`]+)\1\s*$/.exec(own[0] ?? '')?.[2] : undefined;
  if (inner === undefined || window.original.some((line) => line.trim().startsWith('`'))) return undefined;
  return [inner];
}
