/** Answers that change white space: it is taken over exactly or refused, and never said to be no change. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EditContext, readEdit } from '../../../../src/assist/edit/index.ts';

/** Lines of Python in a function, and the lines around. */
const PYTHON = {
  original: ['    for x in xs:', '        total += x', '        print(total)'],
  before: ['def f(xs):', '    total = 0'],
  after: ['    return total'],
};

interface Case {
  readonly id: string;
  readonly original: readonly string[];
  readonly before?: readonly string[];
  readonly after?: readonly string[];
  readonly lines: readonly string[];
  readonly want: readonly string[] | 'unchanged' | RegExp;
  readonly instruction?: string;
  readonly languageId?: string;
  readonly blockOpen?: boolean;
}

const INDENTATION: readonly Case[] = [
  {
    id: 'a line of Python that leaves its block',
    ...PYTHON,
    lines: ['    for x in xs:', '        total += x', '    print(total)'],
    want: ['    for x in xs:', '        total += x', '    print(total)'],
  },
  {
    id: 'the same, in an answer without the indentation of the function',
    ...PYTHON,
    lines: ['for x in xs:', '    total += x', 'print(total)'],
    want: ['    for x in xs:', '        total += x', '    print(total)'],
  },
  {
    id: 'all lines without the indentation of the function, which many models leave out',
    ...PYTHON,
    lines: ['for x in xs:', '    total += x', '    print(total)'],
    want: 'unchanged',
  },
  {
    id: 'all lines deeper, which nobody asked for',
    ...PYTHON,
    lines: ['        for x in xs:', '            total += x', '            print(total)'],
    want: /only indented differently/,
  },
  {
    id: 'all lines deeper, as was asked for',
    ...PYTHON,
    instruction: 'Indent this by one level',
    lines: ['        for x in xs:', '            total += x', '            print(total)'],
    want: ['        for x in xs:', '            total += x', '            print(total)'],
  },
  {
    id: 'all lines less deep by a level, as was asked for',
    ...PYTHON,
    instruction: 'Dedent these lines',
    lines: ['for x in xs:', '    total += x', '    print(total)'],
    want: ['for x in xs:', '    total += x', '    print(total)'],
  },
  {
    id: 'all lines less deep by two levels: they may have lost their indentation',
    original: ['        total += x', '        print(total)'],
    before: ['def f(xs):', '    for x in xs:'],
    instruction: 'Dedent these lines',
    lines: ['total += x', 'print(total)'],
    // Not “say so”: the user has.
    want: /indentation of the answer is not clear/,
  },
  {
    id: 'another unit and nothing else',
    original: ['if (a) {', '  b();', '}'],
    languageId: 'typescript',
    lines: ['if (a) {', '\tb();', '}'],
    want: /only indented differently/,
  },
  {
    id: 'spaces in place of tabs, as was asked for',
    original: ['\tif x:', '\t\tf()', '\tg()'],
    before: ['def h(x):'],
    instruction: 'Convert tabs to spaces',
    lines: ['    if x:', '        f()', '    g()'],
    want: ['    if x:', '        f()', '    g()'],
  },
  {
    id: 'tabs in place of spaces, as was asked for',
    ...PYTHON,
    instruction: 'Use tabs',
    lines: ['\tfor x in xs:', '\t\ttotal += x', '\t\tprint(total)'],
    want: ['\tfor x in xs:', '\t\ttotal += x', '\t\tprint(total)'],
  },
  {
    id: 'more spaces for each level, as was asked for',
    original: ['if (a) {', '  b();', '}'],
    languageId: 'typescript',
    instruction: 'Indent with 4 spaces',
    lines: ['if (a) {', '    b();', '}'],
    want: ['if (a) {', '    b();', '}'],
  },
  {
    id: 'another unit in which a line is at another level, though a unit was asked for',
    ...PYTHON,
    instruction: 'Use tabs',
    lines: ['for x in xs:', '\ttotal += x', '\tprint(total)'],
    want: /indentation of the answer is not clear/,
  },
  {
    id: 'fewer empty lines, in an answer without the indentation of the function',
    ...PYTHON,
    original: ['    total += 1', '', '', '    print(total)'],
    instruction: 'Remove the double blank line',
    lines: ['total += 1', '', 'print(total)'],
    want: ['    total += 1', '', '    print(total)'],
  },
  {
    id: 'text of a string that is indented otherwise',
    original: ['const text = `', '  a: 1', '  b: 2', '`;'],
    languageId: 'typescript',
    lines: ['const text = `', 'a: 1', 'b: 3', '`;'],
    want: ['const text = `', 'a: 1', 'b: 3', '`;'],
  },
  {
    id: 'text of a string that was indented with the code around',
    original: ['const text = `', '  a: 1', '`;', 'use(text);'],
    languageId: 'typescript',
    lines: ['    const text = `', '      a: 1', '    `;', '    use(text, 1);'],
    want: ['const text = `', '  a: 1', '`;', 'use(text, 1);'],
  },
];

const EMPTY_LINES: readonly Case[] = [
  {
    id: 'one behind the new lines, before code',
    original: ['import urllib3', 'import warnings'],
    after: ['from .exceptions import Warning'],
    lines: ['import warnings', '', 'import urllib3', ''],
    want: ['import warnings', '', 'import urllib3', ''],
  },
  {
    id: 'one before the new lines, behind code',
    original: ['    total = 0'],
    before: ['    """Adds."""'],
    after: ['    return total'],
    lines: ['', '    total = 1'],
    want: ['', '    total = 1'],
  },
  {
    id: 'one that stands there already',
    original: ['total = 0'],
    before: ['import os', '', ''],
    lines: ['', 'total = 1'],
    want: ['total = 1'],
  },
  {
    id: 'a second one before the top of a file of Python',
    original: ['def f():'],
    before: ['import os', ''],
    lines: ['', 'def f(x):'],
    want: /empty lines around the new ones belong/,
  },
  {
    id: 'one that moved from the middle to the start',
    original: ['from tests import Server', '', 'import requests'],
    before: ['import pytest'],
    lines: ['', 'import requests', 'from tests import Server'],
    want: ['', 'import requests', 'from tests import Server'],
  },
  {
    id: 'one behind the line that opens a block',
    original: ['    total = 0'],
    before: ['def f():'],
    after: ['    return total'],
    lines: ['', '    total = 1'],
    want: /empty lines around the new ones belong/,
  },
  {
    id: 'the same, where the prompt opened the block of the answer',
    original: ['    total = 0'],
    before: ['def f():'],
    after: ['    return total'],
    blockOpen: true,
    lines: ['', '    total = 1'],
    want: ['    total = 1'],
  },
  {
    id: 'the same, if the user asked for it',
    original: ['    total = 0'],
    before: ['def f():'],
    after: ['    return total'],
    instruction: 'Add a blank line before this',
    lines: ['', '    total = 0'],
    want: ['', '    total = 0'],
  },
  {
    id: 'some around, where the document has room',
    original: ['let x = 1;'],
    languageId: 'typescript',
    before: ['let w = 0;', ''],
    after: ['let y = 0;'],
    lines: ['', 'let x = 2;', ''],
    want: ['let x = 2;'],
  },
  {
    id: 'some around, among lines without room',
    original: ['let x = 1;'],
    languageId: 'typescript',
    before: ['let w = 0;'],
    after: ['let y = 0;'],
    lines: ['', 'let x = 2;', ''],
    want: /empty lines around the new ones belong/,
  },
  {
    id: 'nothing but one that stands there already',
    original: ['let x = 1;'],
    languageId: 'typescript',
    before: ['let w = 0;', ''],
    lines: ['', 'let x = 1;'],
    want: /same lines, with other empty lines/,
  },
  {
    id: 'nothing but one that is not there',
    original: ['let x = 1;'],
    languageId: 'typescript',
    before: ['let w = 0;'],
    lines: ['', 'let x = 1;'],
    want: ['', 'let x = 1;'],
  },
  {
    id: 'one between a repeated line and the new ones',
    original: ['    total = 0'],
    before: ['    """Adds some numbers."""'],
    after: ['    return total'],
    lines: ['    """Adds some numbers."""', '', '    total = 1'],
    want: ['', '    total = 1'],
  },
  {
    id: 'one at the end of a file',
    original: ['}'],
    languageId: 'javascript',
    before: ['function f() {'],
    lines: ['  return 1;', '}', ''],
    want: ['  return 1;', '}', ''],
  },
];

function read({ original, before = [], after = [], lines, languageId = 'python', ...more }: Case) {
  const { instruction = 'Improve this', blockOpen = false } = more;
  const context: EditContext = {
    languageId,
    indentation: languageId === 'python' ? '    ' : '  ',
    before,
    after,
    instruction,
    blockOpen,
    complete: true,
  };
  return readEdit(`\`\`\`${languageId}\n${lines.join('\n')}\n\`\`\``, original, context);
}

for (const [title, cases] of [
  ['indentation', INDENTATION],
  ['an empty line', EMPTY_LINES],
] as const)
  describe(title, () => {
    for (const one of cases)
      test(one.id, () => {
        const result = read(one);
        if (one.want instanceof RegExp)
          assert.match(result.kind === 'refused' ? result.reason : JSON.stringify(result), one.want);
        else assert.deepEqual(result.kind === 'lines' ? result.lines : result.kind, one.want);
      });
  });
