/**
 * Finds comments that stand in place of lines which the answer leaves out, whatever they say and in whatever language:
 * applied, the lines would be lost, and a comment such as “rest of the loop” would be all that is left of them.
 */
import { diffLines } from '../../lineDiff.ts';
import { commentOf } from '../code/comments.ts';
import { balanceOf, insides } from '../code/lexer.ts';
import { likenessOfLines, VERSION_LIKENESS, wordsShared } from '../code/words.ts';
import { REASONS, refuse } from '../result.ts';
import { isBlank, isTelling, keyOf, type Window } from '../window.ts';
import { asksFor } from '../wording/intent.ts';
import { soundsLeftOut } from '../wording/leftOut.ts';
import { placeholderIn } from './placeholders.ts';

/** Lines of the original and the answer beyond which they are not compared. */
const MAX_LINES = 2_000;
/** Pairs of lines of one change beyond which none of them is taken for a version of another. */
const MAX_PAIRS = 40_000;
/** Lines of code that a comment alone may take the place of if the instruction asks for lines to go, or for others. */
const MAX_REWORKED = 2;
/** Lines of code above a line that was written anew which a comment there stands for. */
const LEAST_ABOVE = 2;
/** A comment that is more than a rule. */
const SAYS = /[\p{L}.…⋮⋯]/u;

/** A line, and what of it is a new comment. */
interface Part {
  readonly text: string;
  /** The code, without a comment behind it. */
  readonly code: string;
  /** The text of the comment. */
  readonly said?: string | undefined;
  /** The same, if the document has it not. */
  readonly comment: string | undefined;
}

/** @throws Refused if a comment of the new lines stands in place of lines of code that are lost. */
export function checkStandIns(lines: readonly string[], window: Window): void {
  const { original } = window;
  if (window.isInsertion || Math.max(original.length, lines.length) > MAX_LINES) return;
  const parts = partsOf(lines, window);
  if (!parts.some(({ comment }) => comment !== undefined)) return;
  const removed: Part[] = [];
  const added: Part[] = [];
  const old = partsOf(original, window);
  let [before, after] = [0, 0];
  const compared = diffLines(keysOf(original, '-'), keysOf(lines, '+'));
  const isWhole = sameDepth(original, lines, window);
  checkEnd(parts, window, isWhole);
  const change: Change = { isWhole, window };
  for (const { kind } of [...compared, { kind: 'same' } as const]) {
    const isLast = after === parts.length;
    if (kind === 'same') checkChange(removed.splice(0), added.splice(0), { ...change, isLast });
    if (kind !== 'added') removed.push(...old.slice(before, ++before));
    if (kind !== 'removed') added.push(...parts.slice(after, ++after));
    if (kind === 'same') {
      removed.pop();
      added.pop();
    }
  }
}

/** Refuses lines that end with a comment in place of what the last line of code opens, or of what is behind them. */
function checkEnd(parts: readonly Part[], { language, original }: Window, isWhole: boolean): void {
  const last = parts.findLast(({ text }) => text !== '');
  if (last?.comment === undefined || last.code !== '') return;
  const code = parts.findLast((part) => part.code !== '')?.code ?? '';
  const opens = language.isOffside === true && language.kind === 'code' && code.endsWith(':');
  const own = original.findLast((line) => !isBlank(line))?.trim() ?? '';
  if (!isWhole || (opens && !own.endsWith(':')) || soundsLeftOut(last.comment) === 'clearly')
    refuse(REASONS.lazy());
}

function sameDepth(one: readonly string[], other: readonly string[], { language }: Window): boolean {
  return balanceOf(one, language).depth === balanceOf(other, language).depth;
}

/** Texts by which lines are compared. Closing brackets and the like say nothing about the place, so each is its own. */
function keysOf(lines: readonly string[], side: string): readonly string[] {
  return lines.map((line, index) => (isTelling(line) ? keyOf(line) : `${side}${index}`));
}

function partsOf(lines: readonly string[], window: Window): readonly Part[] {
  const { language } = window;
  const within = insides(lines, language);
  return lines.map((line, index) => {
    const text = keyOf(line);
    const isNew = !window.knows(line);
    if (within[index] === 'string') return { text, code: text, comment: undefined };
    if (within[index] !== undefined) {
      const said = text.replace(/^\*+\s?|\*+\/$/g, '');
      return { text, code: '', said, comment: isNew ? said : undefined };
    }
    const { code, comment: said } = commentOf(text, language);
    const placeholder = isNew && said === undefined ? placeholderIn(text, window) : undefined;
    if (placeholder !== undefined) return { text, code: '', comment: placeholder };
    return { text, code, said, comment: isNew && said !== undefined && SAYS.test(said) ? said : undefined };
  });
}

/** Where a change stands. */
interface Change {
  /** True if all brackets of the new lines are closed as those of the old ones. */
  readonly isWhole: boolean;
  /** True if nothing of the answer stands behind it. */
  readonly isLast?: boolean;
  /** True if a new version of a line stands behind it. */
  readonly isAboveVersion?: boolean;
  readonly window: Window;
}

/** Looks at a change between lines that stay: lines that are versions of others divide it further. */
function checkChange(removed: readonly Part[], added: readonly Part[], change: Change): void {
  if (!added.some(({ comment }) => comment !== undefined)) return;
  let [from, to] = [0, 0];
  for (const [old, fresh] of [...versionsOf(removed, added), [removed.length, added.length] as const]) {
    // A comment behind code stands for the lines below it.
    const own = added[to - 1];
    const above = to > 0 && own?.comment !== undefined && own.code !== '' ? [{ ...own, code: '' }] : [];
    const isAboveVersion = fresh < added.length;
    checkGap(removed.slice(from, old), [...above, ...added.slice(to, fresh)], {
      ...change,
      isLast: change.isLast === true && !isAboveVersion,
      isAboveVersion,
    });
    [from, to] = [old + 1, fresh + 1];
  }
}

/** Pairs of lines in order of which the second is a version of the first, as many alike as there can be. */
function versionsOf(
  removed: readonly Part[],
  added: readonly Part[],
): readonly (readonly [number, number])[] {
  const width = added.length + 1;
  if (removed.length * added.length > MAX_PAIRS) return [];
  const likeness = (old: Part, fresh: Part): number =>
    !isTelling(old.code) || !isTelling(fresh.code) ? 0 : likenessOfLines(old.code, fresh.code);
  const best = new Float64Array((removed.length + 1) * width);
  const alike = new Float64Array((removed.length + 1) * width);
  for (let old = removed.length - 1; old >= 0; old--) {
    for (let fresh = added.length - 1; fresh >= 0; fresh--) {
      const at = old * width + fresh;
      const like = likeness(removed[old] as Part, added[fresh] as Part);
      alike[at] = like;
      const both = like >= VERSION_LIKENESS ? like + (best[at + width + 1] ?? 0) : 0;
      best[at] = Math.max(both, best[at + width] ?? 0, best[at + 1] ?? 0);
    }
  }
  const pairs: [number, number][] = [];
  for (let old = 0, fresh = 0; old < removed.length && fresh < added.length; ) {
    const at = old * width + fresh;
    const like = alike[at] ?? 0;
    if (like >= VERSION_LIKENESS && best[at] === like + (best[at + width + 1] ?? 0))
      pairs.push([old++, fresh++]);
    else if (best[at] === best[at + width]) old++;
    else fresh++;
  }
  return pairs;
}

/** Refuses lines of code in whose place there is a comment that stands for them. */
function checkGap(removed: readonly Part[], added: readonly Part[], change: Change): void {
  const { isWhole, isLast, isAboveVersion, window } = change;
  const comments = added.flatMap(({ comment }) => comment ?? []);
  const lost = removed.filter(({ code }) => isTelling(code));
  if (comments.length === 0 || lost.length === 0) return;
  // Code that became a comment is not lost.
  const said = comments.join('\n');
  const isKept = lost.every(({ code }) => wordsShared(code, said) >= VERSION_LIKENESS);
  if (isKept) return;
  const fresh = added.filter(({ code }) => isTelling(code)).length;
  const sounds = comments.map(soundsLeftOut);
  // Comments in place of other ones are new versions of those.
  const old = removed.filter((part) => part.said !== undefined).length;
  if (old >= comments.length && sounds.every((sound) => sound === 'no')) return;
  if (sounds.includes('clearly') && lost.length > fresh) refuse(REASONS.lazy());
  // Hardly any code ends with a comment, and a comment at the end is often all that is left of the rest.
  const last = added.findLast(({ text }) => text !== '');
  if (isLast === true && last?.comment !== undefined && !isTelling(last.code)) refuse(REASONS.lazy());
  // A comment above a line that was written anew is about that.
  if (fresh > 0 || (isAboveVersion === true && lost.length < LEAST_ABOVE)) return;
  const mayGo = isWhole && asksFor(window.instruction, 'remove', 'rework');
  if (!mayGo || sounds.includes('perhaps') || lost.length > MAX_REWORKED) refuse(REASONS.lazy());
}
