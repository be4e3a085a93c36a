/**
 * Finds answers that leave parts of the selection out without a word, as models do that show only what they changed: of
 * two functions one, of a file its first half. Applied, the rest would be lost.
 */
import { diffLines } from '../../lineDiff.ts';
import { declaredNames } from '../code/declarations.ts';
import { opensDeeper } from '../levels.ts';
import { REASONS, refuse } from '../result.ts';
import { indentOf, isBlank, isTelling, keyOf, type Window } from '../window.ts';
import { asksFor } from '../wording/intent.ts';

/** Lines that say something, beyond which nothing is left out by chance. */
const LEAST = 4;
/** Lines beyond which they are not compared. */
const MAX_LINES = 2_000;

/** @throws Refused if lines of the original would go that nothing takes the place of. */
export function checkLost(lines: readonly string[], window: Window): void {
  const { original, language, instruction } = window;
  if (language.kind === 'prose' || lines.every(isBlank) || asksFor(instruction, 'remove', 'rework')) return;
  if (isInnerLine(lines, window)) refuse(REASONS.lost());
  if (original.length <= LEAST || Math.max(original.length, lines.length) > MAX_LINES) return;
  const names = declaredNames(lines, language, false, true);
  let removed: string[] = [];
  let hasAdded = false;
  for (const { kind, text } of [...diffLines(original, lines), { kind: 'same', text: '' } as const]) {
    if (kind === 'removed') removed.push(text);
    else if (kind === 'added') hasAdded ||= !isBlank(text);
    else {
      const telling = hasAdded ? [] : removed.filter(isTelling);
      const isDeclared = [...declaredNames(removed, language, true, true)].some((name) => !names.has(name));
      if (telling.length >= LEAST || (telling.length > 1 && isDeclared)) refuse(REASONS.lost());
      removed = [];
      hasAdded = false;
    }
  }
}

/** Tells if the answer is one line of a block, and the lines that begin and end that block would go. */
function isInnerLine(lines: readonly string[], { original }: Window): boolean {
  const [line, ...more] = lines.filter((one) => !isBlank(one));
  const [first = '', ...others] = original.filter((one) => !isBlank(one));
  if (line === undefined || more.length > 0 || others.length < 2 || !opensDeeper(first)) return false;
  const wordsOf = (one: string): string => one.match(/[\p{L}\p{N}_]+/gu)?.join(' ') ?? '';
  // The same words among other signs; the line as it is would be what is left of the block.
  const isOf = (own: string): boolean => keyOf(own) !== keyOf(line) && wordsOf(own) === wordsOf(line);
  return others.slice(0, -1).some((own) => indentOf(own) > indentOf(first) && isOf(own));
}
