/** The blocks of a proposal, each of which can be accepted or rejected alone. Pure. */
import { diffLines } from '../../assist/index.ts';

/** Neighboring lines that a proposal changes: old ones, new ones, or both. */
export interface EditBlock {
  /** The old lines, counted from the first one of the edit; `oldCount` is 0 for an insertion before `oldStart`. */
  readonly oldStart: number;
  readonly oldCount: number;
  /** The new lines, counted from the first one of the proposal; `newCount` is 0 for a deletion before `newStart`. */
  readonly newStart: number;
  readonly newCount: number;
}

/** Tells if two blocks of one edit begin at the same places. */
export function isSameBlock(one: EditBlock, other: EditBlock): boolean {
  return one.oldStart === other.oldStart && one.newStart === other.newStart;
}

/** Returns the blocks in order; none if nothing changes. Equal lines stand between two of them. */
export function editBlocks(original: readonly string[], lines: readonly string[]): EditBlock[] {
  const blocks: EditBlock[] = [];
  let [oldLine, newLine] = [0, 0];
  let open: EditBlock | undefined;
  for (const { kind } of diffLines(original, lines)) {
    if (kind === 'same') {
      if (open !== undefined) blocks.push(open);
      open = undefined;
    } else {
      open ??= { oldStart: oldLine, oldCount: 0, newStart: newLine, newCount: 0 };
      open =
        kind === 'removed'
          ? { ...open, oldCount: open.oldCount + 1 }
          : { ...open, newCount: open.newCount + 1 };
    }
    if (kind !== 'added') oldLine++;
    if (kind !== 'removed') newLine++;
  }
  return open === undefined ? blocks : [...blocks, open];
}

/** Returns the old lines with only some of the blocks of {@link editBlocks} applied. */
export function withBlocks(
  original: readonly string[],
  lines: readonly string[],
  chosen: readonly EditBlock[],
): string[] {
  const result: string[] = [];
  let next = 0;
  for (const { oldStart, oldCount, newStart, newCount } of chosen) {
    result.push(...original.slice(next, oldStart), ...lines.slice(newStart, newStart + newCount));
    next = oldStart + oldCount;
  }
  return [...result, ...original.slice(next)];
}

/** The two sides of a comparison. */
export type Side = 'old' | 'new';

/**
 * Finds the block at a line, as the diff editor shows it. A block without lines on that side is at the lines around it.
 * @param line counted from the first one of the edit, or of the proposal.
 */
export function blockAt(blocks: readonly EditBlock[], line: number, side: Side): EditBlock | undefined {
  const distance = ({ oldStart, oldCount, newStart, newCount }: EditBlock): number => {
    const [start, count] = side === 'old' ? [oldStart, oldCount] : [newStart, newCount];
    if (count > 0) return line >= start && line < start + count ? 0 : Number.POSITIVE_INFINITY;
    return line === start || line === start - 1 ? 1 : Number.POSITIVE_INFINITY;
  };
  const [nearest] = [...blocks].sort((one, other) => distance(one) - distance(other));
  return nearest !== undefined && Number.isFinite(distance(nearest)) ? nearest : undefined;
}

/** Counts the lines of blocks. */
export function countLines(blocks: readonly EditBlock[]): {
  readonly added: number;
  readonly removed: number;
} {
  return {
    added: blocks.reduce((sum, { newCount }) => sum + newCount, 0),
    removed: blocks.reduce((sum, { oldCount }) => sum + oldCount, 0),
  };
}
