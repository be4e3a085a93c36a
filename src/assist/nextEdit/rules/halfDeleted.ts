/**
 * Drops what deletes more than half of its window: models that lose the thread stop early, and all that they did not write
 * again would be gone (zed-industries/zed#52585).
 */
import type { NextEditRule } from './rule.ts';

export const halfDeleted: NextEditRule = {
  name: 'halfDeleted',
  allows: ({ edit, window }, { lines }) => {
    const before = written(lines.slice(window.start, window.end));
    const lost = written(edit.removed) - written(edit.added);
    return lost <= before / 2;
  },
};

/** Characters that are no white space. */
function written(lines: readonly string[]): number {
  return lines.join('').replaceAll(/\s/g, '').length;
}
