/** Drops what only repeats the line above the cursor: the likeliest text of a model that does not know how to go on. */
import { lineBefore } from '../place.ts';
import { isBlank, type Rule } from './rule.ts';

export const lineAbove: Rule = {
  name: 'lineAbove',
  keep: (text, hole, isEnd) => {
    if (!isEnd) return undefined;
    const current = lineBefore(hole);
    // A completion that begins with a line end stands below the cursor's own line.
    const isBelow = !isBlank(current) && isBlank(text.split('\n')[0] ?? '');
    const above = isBelow ? current : nearestAbove(hole.prefix);
    const written = isBelow ? text : current + text;
    // Lines of brackets often follow each other.
    return above !== undefined && /\w/.test(above) && written.trim() === above.trim() ? 0 : undefined;
  },
};

function nearestAbove(prefix: string): string | undefined {
  return prefix
    .split('\n')
    .slice(0, -1)
    .findLast((line) => !isBlank(line));
}
