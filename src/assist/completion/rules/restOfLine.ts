/** Leaves out what stands right of the cursor already, such as a semicolon that would be there twice. */
import { lineBehind } from '../place.ts';
import type { Rule } from './rule.ts';

export const restOfLine: Rule = {
  name: 'restOfLine',
  keep: (text, hole, isEnd) => {
    const rest = lineBehind(hole).trim();
    if (!isEnd || rest === '' || text.includes('\n')) return undefined;
    const trimmed = text.trimEnd();
    return trimmed.endsWith(rest) ? trimmed.length - rest.length : undefined;
  },
};
