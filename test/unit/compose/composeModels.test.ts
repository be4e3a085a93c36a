/** The models of Compose files, which may be half typed or hostile. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readComposeModels } from '../../../src/compose/index.ts';
import { formatReference } from '../../../src/oci/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

/** `key reference line` of each model. */
function read(text: string): string[] {
  return readComposeModels(text).map(
    ({ key, reference, line }) => `${key} ${formatReference(reference)} ${line}`,
  );
}

describe('models of Compose files', () => {
  test('are read with their lines, as the examples of the specification have them', () => {
    const text = `services:
  app:
    image: app
    models:
      my_model:
        endpoint_var: MODEL_URL

models:
  my_model:
    model: ai/smollm2
    context_size: 1024
    runtime_flags:
      - "--a-flag"
  other: # with a digest
    context_size: 2048
    model: 'ghcr.io/org/model@sha256:${'a'.repeat(64)}'
`;
    assert.deepEqual(read(text), [
      'my_model docker.io/ai/smollm2:latest 9',
      `other ghcr.io/org/model@sha256:${'a'.repeat(64)} 15`,
    ]);
  });

  test('may be written as JSON, with aliases, with CRLF, and in several documents', () => {
    assert.deepEqual(read('{"models": {"llm": {"model": "ai/smollm2:135M-Q4_0"}}}'), [
      'llm docker.io/ai/smollm2:135M-Q4_0 0',
    ]);
    const alias = 'x-name: &name ai/gemma3\r\nmodels:\r\n  a: &a\r\n    model: *name\r\n  b: *a\r\n';
    assert.deepEqual(read(alias), ['a docker.io/ai/gemma3:latest 3', 'b docker.io/ai/gemma3:latest 3']);
    assert.deepEqual(read('models:\n  a:\n    model: a/b:c\n---\nmodels:\n  d:\n    model: e/f:g\n'), [
      'a docker.io/a/b:c 2',
      'd docker.io/e/f:g 6',
    ]);
  });

  test('stay while a line below them is typed', () => {
    assert.deepEqual(read('models:\n  a:\n    model: ai/smollm2\n  b:\n    mod'), [
      'a docker.io/ai/smollm2:latest 2',
    ]);
    assert.deepEqual(read('models:\n  a:\n    model: ai/smollm2\n  b: {model: "ai/ge'), [
      'a docker.io/ai/smollm2:latest 2',
    ]);
  });

  for (const [what, text] of [
    ['a service’s models', 'services:\n  app:\n    models:\n      llm:\n        model: ai/smollm2\n'],
    ['a variable', 'models:\n  llm:\n    model: $MODEL\n'],
    ['no name of a model', 'models:\n  llm:\n    model: "Not A Name"\n'],
    ['a number', 'models:\n  llm:\n    model: 5\n'],
    ['a list', 'models:\n  - model: ai/smollm2\n'],
    ['a comment', '# models:\n#   llm:\n#     model: ai/smollm2\n'],
    ['an alias of nothing', 'models:\n  llm:\n    model: *nothing\n'],
    ['an alias of itself', 'models: &a\n  llm: *a\n  model: 1\n'],
    ['nothing', ''],
    ['text that is too long', `models:\n  a:\n    model: ai/smollm2\n${'# long\n'.repeat(10_000)}`],
  ] as const)
    test(`are none in ${what}`, () => assert.deepEqual(read(text), []));

  test('are few, however many a file has', () => {
    const many = Array.from({ length: 1000 }, (_, at) => `  m${at}:\n    model: ai/m${at}\n`).join('');
    assert.equal(read(`models:\n${many}`).length, 100);
  });

  for (const [what, filler] of [
    ['brackets', '['.repeat(60_000)],
    ['braces', '{a: '.repeat(15_000)],
    ['nested lists', '- '.repeat(30_000)],
    ['aliases', `a: &a [x]\n${'- *a\n'.repeat(12_000)}`],
    ['quotes', '"'.repeat(60_000)],
    ['directives', '%\n'.repeat(30_000)],
  ] as const)
    test(`cost little in a file of ${what}`, () => {
      const text = `models:\n  a:\n    model: ai/smollm2\nx-filler:\n  ${filler}`;
      const before = cpuMs();
      read(text);
      const took = cpuMs() - before;
      assert.ok(took < 2_000, `${took} ms`);
    });

  for (const [what, line] of [
    ['aliases', 'a: *m, '],
    ['aliases with errors', 'a: &m *m, '],
    ['names that are none', 'a: {model: A}, '],
  ] as const)
    test(`cost little in a file of models that are ${what}`, () => {
      const models = line.repeat(64_000 / line.length);
      const text = `x-model: &m { model: ai/smollm2 }\nmodels: { ${models}}`;
      const before = cpuMs();
      read(text);
      const took = cpuMs() - before;
      assert.ok(took < 2_000, `${took} ms`);
    });

  test('are those of the latest anchor of a name', () => {
    const text = 'x: [&m { model: ai/a }]\nmodels:\n  a: *m\n  b: &m { model: ai/b }\n  c: *m\n';
    assert.deepEqual(
      read(text).map((one) => one.split(' ').slice(0, 2).join(' ')),
      ['a docker.io/ai/a:latest', 'b docker.io/ai/b:latest', 'c docker.io/ai/b:latest'],
    );
  });

  test('never fail', () => {
    const piece = fc.constantFrom(
      'models:',
      'model:',
      ' ',
      '  ',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      '&a ',
      '*a',
      '"',
      "'",
      '|',
      '>',
      '<<: ',
      'ai/smollm2',
      '$',
      '---\n',
      '? ',
      ': ',
      '#',
      '!!binary ',
      '\t',
      '\u2028',
      'a',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        (pieces) => void read(`${pieces.join('')}\nmodels:\n model:`),
      ),
    );
  });
});
