/**
 * Drops what writes again lines that stand around it: the window a second time, or the lines behind it, which the model
 * was shown and not asked for.
 */
import type { NextEditRule } from './rule.ts';
import { without } from './without.ts';

/** Lines that are enough for a repetition if they are most of what is added. */
const ENOUGH_LINES = 3;

export const repeated: NextEditRule = {
  name: 'repeated',
  allows: ({ edit, window }, { lines }) => {
    if (edit.added.length <= edit.removed.length) return true;
    const added = telling(edit.added);
    const behind = edit.line + edit.removed.length;
    const rest = [...lines.slice(window.start, edit.line), ...lines.slice(behind, window.end)];
    const shown = telling(lines.slice(window.start, window.end)).length;
    const again = added.length - without(added, telling(rest)).length;
    if (again > 0 && again >= Math.max(Math.min(2, shown), shown / 2)) return false;
    const reach = edit.added.length;
    const above = telling(lines.slice(Math.max(0, window.start - reach), edit.line));
    const run = Math.max(
      longestRun(added, above),
      longestRun(added, telling(lines.slice(behind, window.end + reach))),
    );
    return run < ENOUGH_LINES || run < added.length / 2;
  },
};

/** Lines with words in them: brackets alone stand in many places. */
function telling(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim()).filter((line) => /[\p{L}\p{N}_]/u.test(line));
}

/** Number of lines of the longest run that two texts have in common. */
function longestRun(ones: readonly string[], others: readonly string[]): number {
  let longest = 0;
  let before: readonly number[] = [];
  for (const one of ones) {
    const runs: number[] = others.map((other, at) => (one === other ? (before[at - 1] ?? 0) + 1 : 0));
    longest = Math.max(longest, ...runs);
    before = runs;
  }
  return longest;
}
