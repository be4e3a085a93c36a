/**
 * A next edit that brings more lines than it takes, as ghost text: a decoration is one line, and lines that come have no
 * line of their own that one could stand behind. Ghost text replaces a part of the cursor's line only, so the new lines
 * come below the old ones, and the old ones go once the user took it.
 */
import type { Edit } from '../../assist/index.ts';

/** Ghost text of whole lines. */
export interface LineGhost {
  /** The line that it stands below, 0-based; the cursor has to be there. */
  readonly anchor: number;
  /** Replaces the anchor: its own text, and the new lines below it. */
  readonly text: string;
  /** The lines that go once the text is there. The last one is the anchor, if there are any. */
  readonly old: readonly string[];
}

/** Returns the text of a line, or undefined if a document has no such line. */
type LineAt = (line: number) => string | undefined;

/** Returns the ghost text of an edit, or undefined if decorations show it better. */
export function lineGhost(lineAt: LineAt, { line, removed, added }: Edit): LineGhost | undefined {
  // White space alone would not be seen.
  if (added.length <= removed.length || added.every((text) => text.trim() === '')) return undefined;
  // Nothing stands above the first line, so it goes and comes back.
  const isAtTop = line === 0 && removed.length === 0;
  const anchor = isAtTop ? 0 : line + removed.length - 1;
  const own = lineAt(anchor);
  if (own === undefined) return undefined;
  return {
    anchor,
    text: [own, ...added, ...(isAtTop ? [own] : [])].join('\n'),
    old: isAtTop ? [own] : removed,
  };
}

/** Returns the first line that ghost text replaces, 0-based. */
export function firstOld({ anchor, old }: LineGhost): number {
  return anchor + 1 - old.length;
}

/** Tells if ghost text was taken and what it replaces is still there. The new lines may have been typed on since. */
export function isTaken(lineAt: LineAt, ghost: LineGhost): boolean {
  const [, first = ''] = ghost.text.split('\n');
  const isThere = ghost.old.every((line, index) => lineAt(firstOld(ghost) + index) === line);
  return isThere && lineAt(ghost.anchor + 1)?.startsWith(first) === true;
}
