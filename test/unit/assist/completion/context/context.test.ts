/** Texts of other places: their budget, their order, the names they are looked for by, and what is taken of them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fitFiles, inStableOrder } from '../../../../../src/assist/completion/context/contextFile.ts';
import { declarationAt } from '../../../../../src/assist/completion/context/declaration.ts';
import { likeness, namesNear } from '../../../../../src/assist/completion/context/identifiers.ts';
import { mostSimilarPart } from '../../../../../src/assist/completion/context/similarPart.ts';
import { at, scripted } from '../support.ts';

const file = (path: string, lines: number) => ({ path, text: 'const x = 1;\n'.repeat(lines).trimEnd() });

describe('files of other places', () => {
  test('are cut to their budget: the first whole, the next at a line end, the others not at all', () => {
    const files = [file('a.ts', 10), file('b.ts', 20), file('c.ts', 20)];
    const fitting = fitFiles(files, 300);
    assert.deepEqual(
      fitting.map(({ path }) => path),
      ['a.ts', 'b.ts'],
    );
    assert.equal(fitting[0]?.text, files[0]?.text);
    assert.match(fitting[1]?.text ?? '', /^(?:const x = 1;\n)+const x = 1;$/);
    assert.ok(fitting.reduce((sum, { path, text }) => sum + path.length + text.length, 0) <= 300);
    assert.deepEqual(fitFiles(files, 20), []);
  });

  test('stay where they were, so that the front of a prompt stays', () => {
    const [a, b, c] = [file('a', 1), file('b', 1), file('c', 1)];
    assert.deepEqual(inStableOrder([a, b], [c, b, a]), [a, b, c]);
    // A block that is gone, or has another text, leaves the others in order.
    assert.deepEqual(inStableOrder([a, b], [{ ...a, text: 'new' }, b]), [b, { ...a, text: 'new' }]);
  });

  test('go into the prompt of a family that was trained with them, before the text around the cursor', async () => {
    const { completer, engine } = await scripted(() => [['x', 0.9]]);
    const surroundings = { repository: 'r', path: 'a.ts', files: [file('b.ts', 2)] };
    await completer.complete({ ...at('f(|);'), surroundings });
    // These marks are nobody's form for files.
    assert.deepEqual(engine.infills[0]?.prompt[1], 'f(');
    const marks = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|file_sep|>', '<|repo_name|>'];
    const other = await scripted(() => [['x', 0.9]], { marks });
    await other.completer.complete({ ...at('f(|);'), surroundings });
    assert.deepEqual(other.engine.infills[0]?.prompt.slice(0, 4), [
      { mark: '<|repo_name|>' },
      'r\n',
      { mark: '<|file_sep|>' },
      'b.ts\nconst x = 1;\nconst x = 1;\n',
    ]);
    assert.equal(other.engine.infills[0]?.surroundings, undefined);
  });
});

describe('names near the cursor', () => {
  const lines = [
    'import { first } from "./first";',
    'const second = first(1); // third',
    'return fourth.fifth + six',
  ];

  test('are those left of it and above, the nearest first, without words of the language, strings and comments', () => {
    assert.deepEqual(
      namesNear(lines, 2, 20).map(({ name }) => name),
      ['fifth', 'fourth', 'first', 'second'],
    );
    assert.deepEqual(namesNear(lines, 2, 20).at(0), { name: 'fifth', line: 2, character: 14 });
  });

  test('leave out the one that is being typed, and are bounded', () => {
    assert.ok(!namesNear(lines, 2, 25).some(({ name }) => name === 'six'));
    const many = Array.from({ length: 40 }, (_, index) => `name${index}`).join(' ');
    assert.equal(namesNear([many, ''], 1, 0).length, 8);
  });
});

test('a declaration ends with its block', () => {
  const lines = [
    'export function add(a: number): number {',
    '  const b = 1;',
    '',
    '  return a + b;',
    '}',
    'export type A = string;',
    'def f():',
    '    return 1',
    '',
    'x = 1',
  ];
  assert.equal(declarationAt(lines, 0), lines.slice(0, 5).join('\n'));
  assert.equal(declarationAt(lines, 5), lines[5]);
  assert.equal(declarationAt(lines, 6), lines.slice(6, 8).join('\n'));
  assert.equal(declarationAt(lines, 99), '');
  const long = ['class A {', ...Array<string>(100).fill('  b();'), '}'];
  assert.equal(declarationAt(long, 0).split('\n').length, 24);
});

test('the most similar part of a file is found by its names', () => {
  const noise = Array.from({ length: 60 }, (_, index) => `alpha${index}();`);
  const part = mostSimilarPart([...noise, 'readUser(name);', 'saveUser(name);'].join('\n'), 'readUser(name)');
  assert.match(part.text, /readUser/);
  assert.ok(part.likeness > 0);
  assert.equal(mostSimilarPart('', 'readUser').likeness, 0);
  assert.equal(likeness('readUser(name)', 'name; readUser'), 1);
  assert.equal(likeness('alpha', 'beta'), 0);
});
