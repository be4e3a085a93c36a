/** The rules about code: each with completions that it ends or drops, and those that it must leave alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Hole } from '../../../../src/assist/completion/place.ts';
import { RULES } from '../../../../src/assist/completion/rules/index.ts';
import { applyRules } from '../../../../src/assist/completion/rules/rule.ts';

/** `before|behind` */
function holeOf(text: string): Hole {
  const [prefix = '', suffix = ''] = text.split('|');
  return { document: 'd', start: 0, prefix, suffix };
}

function only(rule: string) {
  const found = RULES.filter(({ name }) => name === rule);
  assert.equal(found.length, 1, rule);
  return found;
}

type Case = readonly [what: string, hole: string, text: string, kept: string];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  dedent: [
    ['a statement where the block has to end', 'f() {\n  a();\n|\n', 'b();', ''],
    ['the end of the block', 'f() {\n  a();\n|\n', '}', '}'],
    ['the end of a list', 'a = [\n  1,\n|', '];', '];'],
    ['the next statement', 'f() {\n  a();\n  |\n}', 'b();', 'b();'],
    ['the next block of Python', 'def f():\n  a()\n|', 'def g():', 'def g():'],
    ['a statement behind one that goes on', 'a = b\n    .c();\n|', 'd();', 'd();'],
  ],
  returnPlace: [
    ['the body of a class', 'class A {\n  |\n', 'return this.a;', ''],
    ['behind a method', 'export class A extends B {\n  a() {\n    b();\n  }\n\n  |\n}', 'return a;', ''],
    ['a class of Python', 'class A(B):\n    a = 1\n\n    |\n', 'return self.a', ''],
    ['a class of Java', 'public final class A<T> {\n  |\n', 'return a;', ''],
    ['a class without a name', 'export default class {\n  |\n', 'return a;', ''],
    ['a block of Rust', 'impl<T> A for B<T> {\n    |\n', 'return a;', ''],
    ['the line below', 'class A {|\n', '\n  return a;', ''],
    ['the rest of the word', 'class A {\n  re|\n', 'turn a;', ''],
    ['a value of a constructor', 'class A {\n  constructor(a) {\n    |\n', 'return a;', ''],
    ['a value of one in Python', 'class A:\n    def __init__(self):\n        |\n', 'return self', ''],
    ['the end of a constructor', 'class A {\n  constructor(a) {\n    |\n', 'return;', 'return;'],
    ['a method', 'class A {\n  a() {\n    |\n', 'return a;', 'return a;'],
    ['a method on the line of its class', 'class A { a() {\n  |\n', 'return a;', 'return a;'],
    ['a method of that name', 'class A {\n  |\n', 'return(a) {}', 'return(a) {}'],
    ['a member whose name begins so', 'class A {\n  |\n', 'returned = 1;', 'returned = 1;'],
    ['a function of C that returns a structure', 'struct a f(int b) {\n  |\n', 'return a;', 'return a;'],
    ['what the user wrote', 'class A {\n  return |\n', 'a;', 'a;'],
    ['a function in a constructor', 'constructor() {\n  a(() => {\n    |\n', 'return 1;', 'return 1;'],
    ['the end of a module', 'M = {}\n|\n', 'return M', 'return M'],
  ],
  seam: [
    ['a word behind a bracket', 'f(a)|\n', 'return a;', ''],
    ['a word behind a statement', 'a();|\n', 'b();', ''],
    ['a word behind a comment', '/** a */|\n', 'function f() {', ''],
    ['the indentation of another line', 'Math.|\n', '  return a;', ''],
    ['a space behind a dot or a space', 'a = |\n', ' b;', ''],
    ['a statement behind a brace', 'f() {|\n', 'return a;', ''],
    ['a member behind a bracket', 'f(a)|\n', '.b();', '.b();'],
    ['an operator behind a bracket', '(a)|\n', ' + b;', ' + b;'],
    ['what stands in braces', 'import {|\n', "a} from 'b';", "a} from 'b';"],
    ['what an editor has closed', 'const {| } = a;\n', 'b', 'b'],
    ['a condition in a loop', 'for (let i = 0;| i++) {\n', ' i < n;', ' i < n;'],
    ['the next line', 'f(a);|\n', '\n  g(b);', '\n  g(b);'],
    ['the beginning of a line', '  |\n', 'return a;', 'return a;'],
    ['an alignment behind a word', 'a|\n', ' = b;', ' = b;'],
  ],
  oneLine: [
    ['text right of the cursor', 'f(|);\n', 'a,\n  b', 'a,'],
    ['nothing right of it', 'f(|  \n', 'a,\n  b', 'a,\n  b'],
  ],
  oneStatement: [
    ['the next statement', 'f() {\n  |\n}\n', 'return a;\n  return b;', 'return a;'],
    ['the end of the block around', 'f() {\n  |\n', 'return a;\n}\n\ng() {', 'return a;'],
    [
      'the block that it opens, with its end',
      'f() {\n  |\n}\n',
      'if (a) {\n    b();\n    c();\n  }\n  d();',
      'if (a) {\n    b();\n    c();\n  }',
    ],
    [
      'the branches of a block',
      '|',
      'if (a) {\n  b();\n} else {\n  c();\n}\nd();',
      'if (a) {\n  b();\n} else {\n  c();\n}',
    ],
    [
      'a block that the cursor’s line opens',
      'f() {|\n',
      '\n  a();\n  b();\n}\n\ng();',
      '\n  a();\n  b();\n}',
    ],
    ['a line that is complete', 'a();|\n', '\nb();\nc();', '\nb();'],
    ['a statement over several lines', 'f() {\n  |\n}', 'g(\n    a,\n  );\n  h();', 'g(\n    a,\n  );'],
    ['Python', 'def f():\n    |', 'if a:\n        b()\n    c()', 'if a:\n        b()'],
    ['Ruby', 'def f\n  |', 'each do\n    b\n  end\n  c', 'each do\n    b\n  end'],
    ['tabs', 'f() {\n\t|\n}', 'if a {\n\t\tb()\n\t}\n\tc()', 'if a {\n\t\tb()\n\t}'],
    ['one line', '  |', 'return a;', 'return a;'],
  ],
  suffixStart: [
    ['the line below', '{\n  |\n  b();\n}', 'a();\n  b();\n}', 'a();'],
    ['not a line that only ends the same', '{\n  |\n}', 'if (a) {\n    b();\n  }', 'if (a) {\n    b();\n  }'],
    ['blank lines between', '|\n\n\nend();', 'a();\nend();', 'a();'],
  ],
  closedBracket: [
    ['an argument', 'f(|)', 'a, b)', 'a, b'],
    ['brackets of its own', 'f(|)', 'g(a), [b)', 'g(a), [b)'],
    ['brackets that are paired', 'f(|)', 'g(a))', 'g(a)'],
    ['a string', "f('|')", "it\\'s a')", "it\\'s a"],
    ['the beginning of the next string', "a + |'b'", "'x' + ", "'x' + "],
    ['nothing is closed', 'f(|', 'a)', 'a)'],
  ],
  repeatedLines: [
    ['three times', '|', 'a();\nb();\nb();\nb();\n', 'a();\nb();'],
    ['twice', '|', 'a();\na();\n', 'a();\na();\n'],
    ['brackets', '|', '{\n{\n{\n', '{\n{\n{\n'],
  ],
  restOfLine: [
    ['a semicolon', 'a = |;', 'b;', 'b'],
    ['other text', 'a = |;', 'b', 'b'],
  ],
  lineAbove: [
    ['the same line', 'a();\n|', 'a();', ''],
    ['the line that was begun', 'a();\na|', '();', ''],
    ['below the cursor’s line', 'a();|', '\na();', ''],
    ['another line', 'a();\n|', 'b();', 'b();'],
    ['a bracket', '  }\n|', '}', '}'],
  ],
  linesBelow: [
    ['all of it', '  |\n  a();\n\n  b();\n', 'a();\n  b();', ''],
    ['more than that', '|\na();\n', 'a();\nb();', 'a();\nb();'],
    ['a bracket', '|\n}\n', '}', '}'],
  ],
};

describe('rules about completions', () => {
  for (const [rule, cases] of Object.entries(CASES)) {
    for (const [what, hole, text, kept] of cases) {
      test(`${rule}: ${what}`, () => {
        assert.equal(applyRules(only(rule), text, holeOf(hole), true).text, kept);
      });
    }
  }

  test('every rule has cases, with one that it leaves alone', () => {
    assert.deepEqual(RULES.map(({ name }) => name).sort(), Object.keys(CASES).sort());
    for (const [rule, cases] of Object.entries(CASES))
      assert.ok(
        cases.some(([, , text, kept]) => text === kept),
        rule,
      );
  });

  test('while a completion still comes, each prefix keeps what the whole keeps', () => {
    for (const [rule, cases] of Object.entries(CASES)) {
      for (const [what, hole, text] of cases) {
        const final = applyRules(only(rule), text, holeOf(hole), true).text;
        for (let length = 1; length <= text.length; length++) {
          const { text: kept, isEnded } = applyRules(only(rule), text.slice(0, length), holeOf(hole), false);
          // An answer that was ended early must not be more or less than what the end decides.
          if (isEnded)
            assert.equal(applyRules(only(rule), kept, holeOf(hole), true).text, final, `${rule}: ${what}`);
        }
      }
    }
  });
});
