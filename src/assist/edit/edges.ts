/**
 * Empty lines at the edges of an answer: those of its form or of the lines around are left out, those of the new lines
 * stay. Where nothing tells them apart, the answer is refused.
 */
import { closesBlock, opensDeeper } from './levels.ts';
import { REASONS, refuse } from './result.ts';
import { indentOf, isBlank, isFilled, sameLines, type Window } from './window.ts';
import { asksFor } from './wording/intent.ts';

/** The place of an edge of the new lines: inside of what the answer repeats, at a fence, or at anything else. */
type Place = 'inside' | 'block' | 'other';

/** Where the new lines begin and end. */
export interface Edges {
  readonly start: Place;
  readonly end: Place;
}

/** Returns how many empty lines a list begins with. */
function leading(lines: readonly string[]): number {
  const filled = lines.findIndex(isFilled);
  return filled < 0 ? lines.length : filled;
}

function trailing(lines: readonly string[]): number {
  const filled = lines.findLastIndex(isFilled);
  return filled < 0 ? lines.length : lines.length - 1 - filled;
}

/**
 * Removes empty lines at the start and the end of an answer that the original has not and that are none of the new lines.
 * @throws Refused if that is not clear.
 */
export function withoutEdges(lines: readonly string[], window: Window, edges: Edges): readonly string[] {
  const { original } = window;
  // Empty lines between new code and its neighbors are meant, if nothing says otherwise.
  if (original.length === 0) return lines;
  if (lines.every(isBlank)) return [];
  const isEmpty = original.every(isBlank);
  if (isEmpty && (edges.start === 'inside' || edges.end === 'inside')) return lines;
  const own = isEmpty ? [] : original;
  const start = edges.start === 'inside' ? 0 : Math.max(0, leading(lines) - leading(own));
  const end = edges.end === 'inside' ? 0 : Math.max(0, trailing(lines) - trailing(own));
  const isBlock = !isEmpty && (edges.start === 'block' || edges.end === 'block');
  if (!isBlock) return lines.slice(start, lines.length - end);
  const left = leftOut(lines, window, {
    start: edges.start === 'block' ? start : 0,
    end: edges.end === 'block' ? end : 0,
  });
  const kept = lines.slice(
    edges.start === 'other' || left.start ? start : 0,
    lines.length - (edges.end === 'other' || left.end ? end : 0),
  );
  const isSame = sameLines(kept, original);
  // The answer may be about nothing but these.
  return isSame && (left.start || left.end) ? refuse(REASONS.onlyEmptyLines()) : kept;
}

/** Tells at which edges of a block empty lines are left out. @param count those that the original has not. */
function leftOut(
  lines: readonly string[],
  window: Window,
  count: { readonly start: number; readonly end: number },
): { readonly start: boolean; readonly end: boolean } {
  const { original, before, after } = window;
  const { start, end } = count;
  if (start + end === 0 || asksFor(window.instruction, 'layout')) return { start: false, end: false };
  const isRoom = (line: string | undefined): boolean => line === undefined || isBlank(line);
  const [above, below] = [before.at(-1), after[0]];
  if (start === end) {
    // Among lines without room, a block with room around may be a wish.
    const isClear = window.isBlockOpen || isRoom(above) || isRoom(below);
    return isClear ? { start: true, end: true } : refuse(REASONS.emptyLines());
  }
  // An empty line that only moved, such as one between imports.
  if (lines.filter(isBlank).length === original.filter(isBlank).length) return { start: false, end: false };
  const isHabit = above === undefined || window.isBlockOpen;
  return {
    start:
      start > 0 &&
      (isHabit || isOf([above, before.at(-2)], opensDeeper(above), lines.find(isFilled), window)),
    // The last line of a file may be followed by an empty one.
    end:
      end > 0 &&
      below !== undefined &&
      isOf([below, after[1]], closesBlock(below), after.find(isFilled), window),
  };
}

/**
 * Tells if an empty line at an edge is that of the document beside.
 * @param beside the line of the document, and the one beyond it.
 * @param isEnd true if the line beside begins or ends a block, where hardly anybody wants empty lines.
 * @param below the line with text that the empty one is before.
 */
function isOf(
  [beside, beyond]: readonly [string, string | undefined],
  isEnd: boolean,
  below: string | undefined,
  { language }: Window,
): boolean {
  if (!isBlank(beside)) return isEnd ? refuse(REASONS.emptyLines()) : false;
  // By the style of Python, two of them stand before a line at the top.
  const isTop = language.names.includes('python') && below !== undefined && indentOf(below) === '';
  const isOnly = beyond !== undefined && !isBlank(beyond);
  return isTop && isOnly ? refuse(REASONS.emptyLines()) : true;
}
