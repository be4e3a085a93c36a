/** Drops what takes back the user's own edit, or touches lines in which the user just undid something. */
import type { NextEditRule } from './rule.ts';

export const undone: NextEditRule = {
  name: 'undone',
  allows: ({ edit }, { path, edits, undone: places }) => {
    const takesBack = edits.some(
      (own) => own.path === path && isSame(own.removed, edit.added) && isSame(own.added, edit.removed),
    );
    const end = edit.line + Math.max(1, edit.removed.length);
    return !takesBack && !places.some((place) => edit.line < place.end && place.start < end);
  },
};

function isSame(ones: readonly string[], others: readonly string[]): boolean {
  return ones.join('\n').trim() === others.join('\n').trim();
}
