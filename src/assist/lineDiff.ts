/** Compares the old and the new lines of an edit. */
import { diffArrays } from 'diff';

/** A line of the comparison. */
export interface DiffLine {
  readonly text: string;
  readonly kind: 'same' | 'removed' | 'added';
}

/** Number of edits beyond which lines are no longer compared. Myers' algorithm takes quadratic time in them. */
const MAX_EDITS = 2_000;

/**
 * Returns equal, removed and added lines in order, the removed ones of a change above its added ones. Without the added
 * lines the result is exactly `original`; without the removed ones, exactly `changed`.
 */
export function diffLines(original: readonly string[], changed: readonly string[]): DiffLine[] {
  const of = (kind: DiffLine['kind'], lines: readonly string[]): DiffLine[] =>
    lines.map((text) => ({ text, kind }));
  const hunks = diffArrays([...original], [...changed], { maxEditLength: MAX_EDITS });
  if (hunks === undefined) return [...of('removed', original), ...of('added', changed)];
  const lines: DiffLine[] = [];
  const added: DiffLine[] = [];
  for (const hunk of hunks) {
    if (hunk.added) {
      added.push(...of('added', hunk.value));
    } else {
      if (!hunk.removed) lines.push(...added.splice(0));
      lines.push(...of(hunk.removed ? 'removed' : 'same', hunk.value));
    }
  }
  return [...lines, ...added];
}
