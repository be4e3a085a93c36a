/** Drops what only repeats the line above the cursor: the likeliest text of a model that does not know how to go on. */
import { lineBefore } from '../place.ts';
import { isBlank, type Rule } from './rule.ts';

export const lineAbove: Rule = {
  name: 'lineAbove',
  keep: (text, hole, isEnd) => {
    if (!isEnd) return undefined;
    const lines = hole.prefix.split('\n').slice(0, -1);
    const above = lines.findLast((line) => !isBlank(line))?.trim();
    // A bracket of its own often follows another one.
    if (above === undefined || !/\w/.test(above)) return undefined;
    const current = lineBefore(hole);
    const written = isBlank(text.split('\n')[0] ?? '') && !isBlank(current) ? text : current + text;
    return written.trim() === (isBlank(current) || written !== text ? above : current.trim()) ? 0 : undefined;
  },
};
