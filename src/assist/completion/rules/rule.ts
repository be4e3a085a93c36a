/** A rule about code: where a completion ends, or that it is not worth showing. */
import type { Hole } from '../place.ts';

/** One rule. It is pure, and knows nothing of other rules. */
export interface Rule {
  readonly name: string;
  /**
   * Returns how many characters of `text` to keep, or undefined for all of it.
   * @param text the completion so far. While it still comes, the answer must hold whatever follows.
   * @param isEnd true if nothing follows.
   */
  keep(text: string, hole: Hole, isEnd: boolean): number | undefined;
}

/** The text after rules. */
export interface Ruled {
  readonly text: string;
  /** True if a rule ended it, so that nothing more is needed. */
  readonly isEnded: boolean;
}

/** Applies rules to a completion, in order. */
export function applyRules(rules: readonly Rule[], text: string, hole: Hole, isEnd: boolean): Ruled {
  let kept = text;
  let isEnded = false;
  for (const { keep } of rules) {
    const length = keep(kept, hole, isEnd || isEnded);
    if (length === undefined || length >= kept.length) continue;
    kept = kept.slice(0, length);
    isEnded = true;
  }
  return { text: kept, isEnded };
}

/** A line of a text. */
export interface Line {
  readonly text: string;
  /** Index of its first character. */
  readonly start: number;
  /** False for the last line of a text that still comes. */
  readonly isWhole: boolean;
}

/** Returns the lines of a text. */
export function linesOf(text: string, isEnd: boolean): Line[] {
  let start = 0;
  const parts = text.split('\n');
  return parts.map((part, index) => {
    const line = { text: part, start, isWhole: isEnd || index < parts.length - 1 };
    start += part.length + 1;
    return line;
  });
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}
