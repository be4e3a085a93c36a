/** How much of an answer is looked at together, and how much of it is sure. */
import { TURN_ENDS } from './turnMarks.ts';

/** Characters that are looked at together: marks are searched for again behind each that is found. */
export const MAX_PIECE = 1024;
/** Characters of the longest mark that ends a turn, and white space before it. */
const TRAILING_LENGTH = 40;

/** Characters of the next piece. The first half of a character that takes two is no text before the other half came. */
export function pieceLength(input: string, isEnd: boolean): number {
  const length = Math.min(MAX_PIECE, input.length);
  const isWhole = isEnd && length === input.length;
  return !isWhole && /[\uD800-\uDBFF]/.test(input[length - 1] ?? '') ? length - 1 : length;
}

/** Characters of a text that cannot become a part of a mark any more. */
export function safeLength(buffer: string, marks: readonly string[]): number {
  let safe = buffer.length;
  for (const mark of marks) {
    for (let length = Math.min(mark.length - 1, buffer.length); length > 0; length--) {
      if (buffer.endsWith(mark.slice(0, length))) {
        safe = Math.min(safe, buffer.length - length);
        break;
      }
    }
  }
  // A mark that ends the turn, or the beginning of one.
  const tail = buffer.slice(-TRAILING_LENGTH);
  const trailing = /\s*[<[][^\s<>[\]]{0,30}[>\]]?\s*$/.exec(tail);
  if (trailing !== null) safe = Math.min(safe, buffer.length - tail.length + trailing.index);
  return safe;
}

/** Returns white space without the indentation of its last line. */
export function withoutIndentation(space: string): string {
  let end = space.length;
  while (space[end - 1] === ' ' || space[end - 1] === '\t') end--;
  return space.slice(0, end);
}

/** Returns a text without the marks at its end that end a turn, and without the white space before and behind them. */
export function withoutTurnEnds(text: string): string {
  let kept = text;
  for (;;) {
    const trimmed = kept.trimEnd();
    const mark = TURN_ENDS.find((end) => trimmed.endsWith(end));
    if (mark === undefined) return kept;
    kept = trimmed.slice(0, -mark.length).trimEnd();
  }
}
