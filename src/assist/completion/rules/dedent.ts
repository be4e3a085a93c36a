/**
 * A line that stands further left than the line above, in a block that a bracket opened, begins with the bracket that
 * closes the block. Models that are unsure repeat a statement there: of 24 files of tinycode's kind, a third of the
 * completions that were wrong did.
 */
import { indentation, lineBefore } from '../place.ts';
import { isBlank, type Rule } from './rule.ts';

export const dedent: Rule = {
  name: 'dedent',
  keep(text, hole) {
    const current = lineBefore(hole);
    if (!isBlank(current) || isBlank(text)) return undefined;
    const lines = hole.prefix.split('\n').slice(0, -1);
    const above = lines.findLast((line) => !isBlank(line));
    const width = indentation(current);
    if (above === undefined || indentation(above) <= width) return undefined;
    const opening = lines.findLast((line) => !isBlank(line) && indentation(line) < indentation(above));
    const isBracket = opening !== undefined && indentation(opening) <= width && /[{([]\s*$/.test(opening);
    return isBracket && !/^\s*[})\]]/.test(text) ? 0 : undefined;
  },
};
