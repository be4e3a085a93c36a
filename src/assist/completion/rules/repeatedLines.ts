/** Stops at a line for the third time in a row: a small model that has nothing more to say says it again. */
import { isBlank, linesOf, type Rule } from './rule.ts';

export const repeatedLines: Rule = {
  name: 'repeatedLines',
  keep: (text, _, isEnd) => {
    const lines = linesOf(text, isEnd).filter((line) => line.isWhole && !isBlank(line.text));
    const third = lines.findIndex(
      (line, index) =>
        index >= 2 &&
        /\w/.test(line.text) &&
        line.text.trim() === lines[index - 1]?.text.trim() &&
        line.text.trim() === lines[index - 2]?.text.trim(),
    );
    // Only the first of them is kept.
    const second = lines[third - 1];
    return third < 0 || second === undefined ? undefined : Math.max(0, second.start - 1);
  },
};
