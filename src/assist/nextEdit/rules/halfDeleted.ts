/**
 * Drops what deletes more than half of its window: models that lose the thread stop early, and all that they did not write
 * again would be gone (zed-industries/zed#52585).
 */
import type { NextEditRule } from './rule.ts';
import { without } from './without.ts';

export const halfDeleted: NextEditRule = {
  name: 'halfDeleted',
  allows: ({ edit, window }, { lines }) => {
    const before = lengthOf(wordsOf(lines.slice(window.start, window.end)));
    const lost = without(wordsOf(edit.removed), wordsOf(edit.added));
    // Other text of the same length is no replacement, but a line with a new name keeps its other words.
    return lengthOf(lost) <= before / 2;
  },
};

/** Words, and each other sign that is no white space. */
function wordsOf(lines: readonly string[]): readonly string[] {
  return lines.join('\n').match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

function lengthOf(words: readonly string[]): number {
  return words.join('').length;
}
