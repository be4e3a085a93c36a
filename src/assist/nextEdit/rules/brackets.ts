/** Drops what leaves brackets open that were closed before, or closes those that were not open. */
import type { NextEditRule } from './rule.ts';

const PAIRS = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
] as const;
const NONE = { open: 0, closed: 0 };
/** Strings and comments of one line. */
const NO_CODE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/.*$|^\s*#.*$/gm;

export const brackets: NextEditRule = {
  name: 'brackets',
  allows: ({ edit, window }, { lines }) => {
    const all = lines.slice(window.start, window.end);
    const at = edit.line - window.start;
    const after = [...all.slice(0, at), ...edit.added, ...all.slice(at + edit.removed.length)];
    const [was, is] = [unpairedIn(all), unpairedIn(after)];
    // An edit may close what the user just opened.
    return PAIRS.every(([pair]) => isClosing(was.get(pair), is.get(pair)));
  },
};

/** Brackets of one kind that lines leave open, and those that they close without having opened them. */
interface Unpaired {
  readonly open: number;
  readonly closed: number;
}

function isClosing(was: Unpaired = NONE, is: Unpaired = NONE): boolean {
  return is.open <= was.open && is.closed <= was.closed;
}

function unpairedIn(lines: readonly string[]): ReadonlyMap<string, Unpaired> {
  const code = lines.join('\n').replaceAll(NO_CODE, '');
  return new Map(
    PAIRS.map(([opener, closer]) => {
      let [open, closed] = [0, 0];
      for (const character of code) {
        if (character === opener) open++;
        else if (character === closer && open > 0) open--;
        else if (character === closer) closed++;
      }
      return [opener, { open, closed }];
    }),
  );
}
