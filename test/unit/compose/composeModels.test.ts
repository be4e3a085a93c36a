/** The models of Compose files, which may be half typed or hostile. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { readComposeModels } from '../../../src/compose/index.ts';
import { formatReference } from '../../../src/oci/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

/** `key reference line` of each model. */
function read(text: string): string[] {
  return readComposeModels(text).models.map(
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

  test('of services with the provider of before are read too, also through an anchor', () => {
    const text = `services:
  app:
    depends_on: [llm]
  llm:
    provider:
      type: model
      options:
        model: ai/smollm2
        context-size: 1024
  other:
    provider: { type: "model", options: &o { model: ai/gemma3 } }
  same:
    provider: { type: model, options: *o }
models:
  own:
    model: ai/own
`;
    assert.deepEqual(read(text), [
      'own docker.io/ai/own:latest 15',
      'llm docker.io/ai/smollm2:latest 7',
      'other docker.io/ai/gemma3:latest 10',
      'same docker.io/ai/gemma3:latest 10',
    ]);
  });

  test('of services are merged as Compose does it', () => {
    const text = `x: &base { provider: &p { type: model, options: { model: ai/a } } }
services:
  a: { <<: *base }
  b: { <<: *base, provider: { <<: *p, options: { model: ai/b } } }
  c: { <<: *base, provider: { <<: *p, type: other } }
`;
    assert.deepEqual(read(text), ['a docker.io/ai/a:latest 0', 'b docker.io/ai/b:latest 3']);
  });

  test('are not looked for in a text that is too long, which is told if it seems to have some', () => {
    const long = '# long\n'.repeat(10_000);
    const file = (text: string) => readComposeModels(`${text}${long}`);
    assert.deepEqual(file('models:\n  a:\n    model: ai/smollm2\n'), { models: [], isTooLong: true });
    assert.deepEqual(file('services:\n  a:\n    image: b\n'), { models: [], isTooLong: false });
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
    [
      'another provider',
      'services:\n  a:\n    provider:\n      type: awesome\n      options:\n        model: ai/a\n',
    ],
    ['a provider of no type', 'services:\n  a:\n    provider:\n      options:\n        model: ai/a\n'],
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
    ['services', 'a: {provider: {type: model, options: *m}}, '],
  ] as const)
    test(`cost little in a file of models that are ${what}`, () => {
      const models = line.repeat(64_000 / line.length);
      const text = `x-model: &m { model: ai/smollm2 }\n${what === 'services' ? what : 'models'}: { ${models}}`;
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
      'services:',
      'provider:',
      'type: model',
      'options:',
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

  /** The value that the parser makes of a file, with merges. */
  function asParsed(text: string): string[] {
    const { models = {} } = parse(text, { merge: true }) as {
      models?: Record<string, { model?: unknown } | null>;
    };
    return Object.entries(models)
      .flatMap(([key, model]) => (typeof model?.model === 'string' ? [`${key} ${model.model}`] : []))
      .sort();
  }

  /** The keys and names, as they stand in the file. */
  function named(text: string): string[] {
    return readComposeModels(text)
      .models.map(({ key, reference }) => `${key} ${reference.repository}`)
      .sort();
  }

  for (const [what, text, expected] of [
    ['a model', 'x: &d { model: ai/a, n: 1 }\nmodels:\n  m:\n    <<: *d\n    n: 2\n', ['m ai/a']],
    [
      'a model that has its own',
      'x: &d { model: ai/a }\nmodels:\n  m: { <<: *d, model: ai/b }\n',
      ['m ai/b'],
    ],
    [
      'a model that had its own',
      'x: &d { model: ai/a }\nmodels:\n  m: { model: ai/b, <<: *d }\n',
      ['m ai/b'],
    ],
    [
      'all models, of which one is replaced',
      'x: &all { m: { model: ai/a }, n: { model: ai/b } }\nmodels:\n  <<: *all\n  n: { model: ai/c }\n',
      ['m ai/a', 'n ai/c'],
    ],
    [
      'a list, in which the first counts',
      'x: [&a { model: ai/a }, &b { model: ai/b, n: 1 }]\nmodels:\n  m: { <<: [*a, *b] }\n',
      ['m ai/a'],
    ],
    [
      'a list with an anchor',
      'x: [&a { n: 1 }, &b { model: ai/b }]\ny: &both [*a, *b]\nmodels:\n  m: { <<: *both }\n',
      ['m ai/b'],
    ],
    [
      'a merge in a merge',
      'x: &a { model: ai/a }\ny: &b { <<: *a, n: 1 }\nmodels:\n  m: { <<: *b }\n',
      ['m ai/a'],
    ],
    ['a map as it stands', 'models:\n  m: { <<: { model: ai/a } }\n', ['m ai/a']],
    ['the file itself', 'x: &f { models: { m: { model: ai/a } } }\n<<: *f\n', ['m ai/a']],
    ['a key in quotes, which is none', 'x: &d { model: ai/a }\nmodels:\n  m: { "<<": *d }\n', []],
  ] as const)
    test(`are merged from ${what}, as the parser does it`, () => {
      assert.deepEqual(named(text), expected);
      assert.deepEqual(asParsed(text), expected);
    });

  test('are merged as the parser does it, whatever merges what', () => {
    const at = fc.nat({ max: 5 });
    const map = fc.record({ own: fc.array(at, { maxLength: 3 }), merges: fc.array(at, { maxLength: 3 }) });
    const write = (own: readonly string[], merges: readonly number[], isFirst: boolean): string => {
      const merge = merges.length === 0 ? [] : [`<<: [${merges.map((one) => `*a${one}`).join(', ')}]`];
      const parts = isFirst ? [...merge, ...own] : [...own, ...merge];
      return `{ ${parts.join(', ')} }`;
    };
    fc.assert(
      fc.property(fc.array(map, { minLength: 6, maxLength: 6 }), fc.boolean(), (maps, isFirst) => {
        const lines = maps.map(({ own, merges }, index) => {
          const models = [...new Set(own)].map((key) => `m${key}: { model: ai/x${index} }`);
          const earlier = merges.filter((one) => one < index);
          return `x${index}: &a${index} ${write(models, earlier, isFirst)}`;
        });
        const text = `${lines.join('\n')}\nmodels: { <<: *a5, own: { <<: { model: ai/o } } }\n`;
        assert.deepEqual(named(text), asParsed(text));
      }),
    );
  });

  test('are read while merges are half typed, or merge themselves', () => {
    assert.deepEqual(named('models:\n  m:\n    model: ai/a\n  n:\n    <<: *'), ['m ai/a']);
    assert.deepEqual(named('models:\n  m:\n    <<: *nothing\n    model: ai/a\n'), ['m ai/a']);
    assert.deepEqual(named('models: &all\n  <<: *all\n  m: &m { <<: *m, model: ai/a }\n'), ['m ai/a']);
    assert.deepEqual(named('models:\n  m: { <<: 5, model: ai/a }\n  n: { <<: [[], 1] }\n'), ['m ai/a']);
  });

  for (const [what, text] of [
    [
      'doubled merges',
      `x0: &a0 { model: ai/a }\n${Array.from({ length: 1500 }, (_, at) => `x${at + 1}: &a${at + 1} { <<: [*a${at}, *a${at}] }\n`).join('')}models: { m: { <<: *a1500 } }\n`,
    ],
    ['one large list of merges', `x: &a { n: 1 }\nmodels: { m: { <<: [${'*a, '.repeat(15_000)}] } }\n`],
    [
      'models that merge much',
      `x: &a { n: 1 }\ny: &b { <<: [${'*a, '.repeat(6000)}] }\nmodels: { ${'m: { <<: *b }, '.repeat(2500)}}\n`,
    ],
    ['merges of all models', `x: &a { m: { model: A } }\nmodels: { ${'<<: *a, '.repeat(7000)}}\n`],
    ['merges in merges', `models: ${'{ <<: '.repeat(8000)}`],
  ] as const)
    test(`cost little in a file of ${what}`, () => {
      const whole = `z: { model: A }\n${text}`;
      assert.ok(whole.length < 64 * 1024, `${whole.length}`);
      const before = cpuMs();
      read(whole);
      const took = cpuMs() - before;
      assert.ok(took < 2_000, `${took} ms`);
    });
});
