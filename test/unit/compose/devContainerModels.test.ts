/** The models of dev containers: JSON with comments, which may be half typed or hostile. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDevContainerModels } from '../../../src/compose/index.ts';
import { formatReference, parseReference } from '../../../src/oci/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

/** `index reference line` of each model. */
function read(text: string): string[] {
  return readDevContainerModels(text).models.map(
    ({ key, reference, line }) => `${key} ${formatReference(reference)} ${line}`,
  );
}

/** A file whose list of models is `list`. */
function file(list: string): string {
  return `{"customizations": {"oci-models": {"models": ${list}}}}`;
}

describe('models of dev containers', () => {
  test('are read with their lines, among comments, tabs and trailing commas', () => {
    const text = `// For format details, see https://aka.ms/devcontainer.json.
{
\t"name": "App # not a comment // neither",
\t"image": "mcr.microsoft.com/devcontainers/base:ubuntu", /* "models":
\t  of a comment */
\t"customizations": {
\t\t"vscode": { "settings": { "x": "https://a.example/\\"//" } },
\t\t"oci-models": {
\t\t\t"models": [
\t\t\t\t"ai/smollm2:135M-Q4_0", // chat
\t\t\t\t// "ai/commented",
\t\t\t\t"ghcr.io/org/model:tag",
\t\t\t],
\t\t},
\t},
}
`;
    const expected = ['0 docker.io/ai/smollm2:135M-Q4_0 9', '1 ghcr.io/org/model:tag 11'];
    assert.deepEqual(read(text), expected);
    assert.deepEqual(read(text.replaceAll('\n', '\r\n')), expected);
  });

  test('stay while another one is typed', () => {
    const expected = ['0 docker.io/ai/a:latest 0'];
    assert.deepEqual(read('{"customizations": {"oci-models": {"models": ["ai/a", "ai/ge'), expected);
    assert.deepEqual(read('{"customizations": {"oci-models": {"models": ["ai/a", /* '), expected);
    assert.deepEqual(read('{"customizations": {"oci-models": {"models": ["ai/a" // '), expected);
  });

  test('are those of the last member of a name, as in JSON', () => {
    assert.deepEqual(read('{"customizations": {"oci-models": {"models": ["a/b"], "models": ["c/d"]}}}'), [
      '0 docker.io/c/d:latest 0',
    ]);
  });

  for (const [what, text] of [
    ['another tool', '{"customizations": {"vscode": {"models": ["ai/a"]}, "oci-models": {}}}'],
    ['a setting of its name', '{"oci-models": {"models": ["ai/a"]}}'],
    ['a variable', file('["$MODEL"]')],
    ['no name of a model', file('["Not A Name"]')],
    ['other values', file('[1, null, {"model": "ai/a"}, ["ai/a"]]')],
    ['a text in place of a list', file('"ai/a"')],
    ['a comment', `// ${file('["ai/a"]')}\n{}`],
    ['nothing', ''],
  ] as const)
    test(`are none in ${what}`, () => assert.deepEqual(read(text), []));

  test('are few, and a text that is too long is told', () => {
    const many = JSON.stringify(Array.from({ length: 1000 }, (_, at) => `ai/m${at}`));
    assert.equal(read(file(many)).length, 100);
    const long = `${file('["ai/a"]')}\n${'// long\n'.repeat(10_000)}`;
    assert.deepEqual(readDevContainerModels(long), { models: [], isTooLong: true });
  });

  for (const [what, filler] of [
    ['brackets', '['.repeat(60_000)],
    ['braces', '{"a":'.repeat(12_000)],
    ['quotes', '"'.repeat(60_000)],
    ['openings of comments', '/*'.repeat(30_000)],
    ['slashes', '/ '.repeat(30_000)],
    ['backslashes', `"${'\\'.repeat(60_000)}`],
  ] as const)
    test(`cost little in a file of ${what}`, () => {
      const before = cpuMs();
      read(`{"customizations": {"oci-models": {"models": ["ai/a"]}}, "x": ${filler}`);
      const took = cpuMs() - before;
      assert.ok(took < 2_000, `${took} ms`);
    });

  test('are those of the JSON, whatever stands around them', () => {
    const gap = fc.constantFrom('', ' ', '\n', '\t', '\r\n', '// "x": [1,\n', '/* "y" // */', '/**/\n');
    const models = fc.array(fc.constantFrom('ai/a', 'ai/b:c', 'ghcr.io/o/m:t'), { maxLength: 4 });
    const others = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    fc.assert(
      fc.property(models, others, others, fc.array(gap, { minLength: 1 }), (named, first, second, gaps) => {
        const value = {
          ...first,
          customizations: { ...second, 'oci-models': { ...first, models: named } },
        };
        let at = 0;
        // Gaps stand behind commas and brackets that are not within strings.
        const text = JSON.stringify(value, null, 1).replace(/"(?:[^"\\]|\\.)*"|[,[{]/g, (piece) =>
          piece.startsWith('"') ? piece : `${piece}${gaps[at++ % gaps.length]}`,
        );
        const found = readDevContainerModels(text).models.map(({ reference }) => formatReference(reference));
        assert.deepEqual(
          found,
          named.map((name) => formatReference(parseReference(name))),
        );
      }),
    );
  });

  test('never fail', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      '//',
      '/*',
      '*/',
      '\n',
      '\t',
      '&a',
      '*a',
      '!',
      '#',
    ];
    const words = ['"customizations":', '"oci-models":', '"models":', '"ai/a"'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 40 }), (parts) => {
        const text = `{"customizations":{"oci-models":{"models":${parts.join('')}`;
        for (const { line } of readDevContainerModels(text).models)
          assert.ok(line >= 0 && line < text.split('\n').length);
      }),
    );
  });
});
