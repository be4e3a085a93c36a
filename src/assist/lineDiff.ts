/** Merges the old and the new lines of an edit into one list, for a diff that is shown while the new ones stream in. */
import { diffArrays } from 'diff';

/** A line of the merged view. */
export interface MergedLine {
  readonly text: string;
  /** `pending` marks an old line that the new ones have not reached yet. */
  readonly kind: 'same' | 'removed' | 'added' | 'pending';
}

/**
 * Number of edits beyond which lines are no longer compared. Myers' algorithm takes quadratic time in them, and it runs
 * for every line that arrives.
 */
const MAX_EDITS = 2_000;

interface Hunk {
  readonly kind: 'same' | 'removed' | 'added';
  readonly lines: readonly string[];
}

/** Returns equal, removed and added lines in order. */
function diffLines(original: readonly string[], generated: readonly string[]): Hunk[] {
  const changes = diffArrays([...original], [...generated], { maxEditLength: MAX_EDITS });
  if (changes === undefined) {
    return [
      { kind: 'removed', lines: original },
      { kind: 'added', lines: generated },
    ];
  }
  return changes.map(({ added, removed, value }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    lines: value,
  }));
}

/** Moves the removed lines of each change above its added ones. */
function merged(hunks: readonly Hunk[]): MergedLine[] {
  const lines: MergedLine[] = [];
  let removed: MergedLine[] = [];
  let added: MergedLine[] = [];
  for (const { kind, lines: texts } of hunks) {
    const target = kind === 'removed' ? removed : kind === 'added' ? added : lines;
    if (kind === 'same') {
      lines.push(...removed, ...added);
      removed = [];
      added = [];
    }
    for (const text of texts) target.push({ text, kind });
  }
  lines.push(...removed, ...added);
  return lines;
}

function countSame(hunks: readonly Hunk[]): number {
  return hunks.reduce((sum, hunk) => sum + (hunk.kind === 'same' ? hunk.lines.length : 0), 0);
}

/**
 * Returns how many of the original's first lines the generated ones have reached: the fewest that match as many lines
 * as the whole original does. A diff with the whole original may match a closing brace far below, and then everything
 * above would look removed until the real one arrives.
 */
function reachedLines(original: readonly string[], generated: readonly string[]): number {
  const same = countSame(diffLines(original, generated));
  let low = same;
  let high = same === 0 ? 0 : original.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (countSame(diffLines(original.slice(0, middle), generated)) < same) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Merges `generated` into `original`. Without its `added` lines the result is exactly `original`; if `complete`, it is
 * exactly `generated` without its `removed` lines. Until then, the original's lines after the last match are `pending`,
 * below the newest added lines.
 */
export function mergeLines(
  original: readonly string[],
  generated: readonly string[],
  complete: boolean,
): MergedLine[] {
  if (complete) return merged(diffLines(original, generated));
  const reached = reachedLines(original, generated);
  return [
    ...merged(diffLines(original.slice(0, reached), generated)),
    ...original.slice(reached).map((text): MergedLine => ({ text, kind: 'pending' })),
  ];
}
