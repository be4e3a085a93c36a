/** Drops what only repeats the lines below the cursor, which accepting would double. */
import { lineBefore } from '../place.ts';
import { isBlank, type Rule } from './rule.ts';

export const linesBelow: Rule = {
  name: 'linesBelow',
  keep: (text, hole, isEnd) => {
    if (!isEnd) return undefined;
    const below = hole.suffix
      .split('\n')
      .slice(1)
      .filter((line) => !isBlank(line))
      .map((line) => line.trim());
    const left = lineBefore(hole);
    const written = (isBlank(left) ? text : left + text)
      .split('\n')
      .filter((line) => !isBlank(line))
      .map((line) => line.trim());
    if (written.length === 0 || !written.some((line) => /\w/.test(line))) return undefined;
    return written.every((line, index) => line === below[index]) ? 0 : undefined;
  },
};
