/**
 * Drops what deletes more than half of its window: models that lose the thread stop early, and all that they did not write
 * again would be gone (zed-industries/zed#52585).
 */
import type { NextEditRule } from './rule.ts';

export const halfDeleted: NextEditRule = {
  name: 'halfDeleted',
  allows: ({ edit, window }, { lines }) => {
    const before = lengthOf(wordsOf(lines.slice(window.start, window.end)));
    const kept = counted(wordsOf(edit.added));
    const lost = wordsOf(edit.removed).filter((word) => {
      const left = kept.get(word) ?? 0;
      kept.set(word, left - 1);
      return left <= 0;
    });
    // Other text of the same length is no replacement, but a line with a new name keeps its other words.
    return lengthOf(lost) <= before / 2;
  },
};

/** Words, and each other sign that is no white space. */
function wordsOf(lines: readonly string[]): readonly string[] {
  return lines.join('\n').match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function lengthOf(words: readonly string[]): number {
  return words.join('').length;
}
