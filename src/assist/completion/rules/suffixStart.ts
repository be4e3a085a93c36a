/** Stops when the text below the cursor begins: a model that has filled the hole often goes on with what follows it. */
import { isBlank, linesOf, type Rule } from './rule.ts';

export const suffixStart: Rule = {
  name: 'suffixStart',
  keep: (text, { suffix }, isEnd) => {
    const below = suffix
      .split('\n')
      .slice(1)
      .find((line) => !isBlank(line))
      ?.trimEnd();
    if (below === undefined) return undefined;
    // With the indentation, so that the end of an inner block is not taken for that of the outer one.
    const found = linesOf(text, isEnd).find(
      (line) => line.start > 0 && line.isWhole && line.text.trimEnd() === below,
    );
    return found === undefined ? undefined : found.start - 1;
  },
};
