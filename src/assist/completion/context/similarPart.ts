/** The part of a file that has most in common with the lines around the cursor. */
import { likeness } from './identifiers.ts';

/** Lines of a part, and from one part to the next. */
const LINES = 40;
const STEP = 20;

/** A part of a file. */
export interface SimilarPart {
  readonly text: string;
  /** 0 to 1. */
  readonly likeness: number;
}

/** Returns the part of a file that is most like a text. */
export function mostSimilarPart(text: string, like: string): SimilarPart {
  const lines = text.split('\n');
  let best: SimilarPart = { text: '', likeness: 0 };
  for (let start = 0; start === 0 || start + STEP < lines.length; start += STEP) {
    const part = lines
      .slice(start, start + LINES)
      .join('\n')
      .trimEnd();
    const found = likeness(part, like);
    if (found > best.likeness) best = { text: part, likeness: found };
  }
  return best;
}
