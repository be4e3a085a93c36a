/** Drops what leaves brackets open that were closed before, or closes those that were not open. */
import type { NextEditRule } from './rule.ts';

const PAIRS = ['()', '[]', '{}'] as const;
/** Strings and comments of one line. */
const NO_CODE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/.*$|^\s*#.*$/gm;

export const brackets: NextEditRule = {
  name: 'brackets',
  allows: ({ edit, window }, { lines }) => {
    const all = lines.slice(window.start, window.end);
    const at = edit.line - window.start;
    const after = [...all.slice(0, at), ...edit.added, ...all.slice(at + edit.removed.length)];
    const [was, is] = [openIn(all), openIn(after)];
    // An edit may close what the user just opened.
    return PAIRS.every((_, index) => Math.abs(is[index] ?? 0) <= Math.abs(was[index] ?? 0));
  },
};

/** Brackets of each kind that are open at the end of lines; negative for those that were closed before. */
function openIn(lines: readonly string[]): number[] {
  const code = lines.join('\n').replaceAll(NO_CODE, '');
  return PAIRS.map(([opener = '', closer = '']) => code.split(opener).length - code.split(closer).length);
}
