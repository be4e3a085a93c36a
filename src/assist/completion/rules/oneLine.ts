/**
 * One line if text stands right of the cursor: that text would move below whatever is inserted, which is not what
 * anybody means in the middle of a line. llama.vscode and Continue do the same.
 */
import { lineBehind } from '../place.ts';
import { isBlank, type Rule } from './rule.ts';

export const oneLine: Rule = {
  name: 'oneLine',
  keep: (text, hole) => {
    if (isBlank(lineBehind(hole))) return undefined;
    const end = text.indexOf('\n');
    return end < 0 ? undefined : end;
  },
};
