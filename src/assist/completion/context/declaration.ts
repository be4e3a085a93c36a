/** The text of a declaration in a file: its line and the block that it opens, with the comment above it left out. */
import { indentation } from '../place.ts';

/** Longest declaration; of a longer one the head tells most. */
const MAX_LINES = 24;

/** Returns the declaration that begins at a line, by its indentation. @param start 0-based. */
export function declarationAt(lines: readonly string[], start: number): string {
  const first = lines[start];
  if (first === undefined) return '';
  const base = indentation(first);
  let end = start + 1;
  while (end < Math.min(lines.length, start + MAX_LINES)) {
    const line = lines[end] ?? '';
    if (line.trim() === '') {
      if (indentation(lines[end + 1] ?? '') <= base) break;
    } else if (indentation(line) <= base) {
      // The line that closes the block belongs to it.
      if (/^\s*[)\]}]/.test(line) || /^\s*end\b/.test(line)) end++;
      break;
    }
    end++;
  }
  return lines.slice(start, end).join('\n').trimEnd();
}
