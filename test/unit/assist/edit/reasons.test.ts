/** The sentences of refusals: they quote what helps, and never nothing or a page. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEdit, readFileEdits } from '../../../../src/assist/edit/index.ts';
import { REASONS } from '../../../../src/assist/edit/result.ts';

const LONG = `const text = '${'x'.repeat(500)}';`;
const FILE = { path: 'src/a.ts', languageId: 'typescript', lines: ['first();', '', 'second();', '', LONG] };
const OTHER = { path: 'src/b.ts', languageId: 'typescript', lines: ['third();'] };

const diff = (...lines: readonly string[]): string =>
  ['```diff', '--- a/src/a.ts', '+++ b/src/a.ts', '@@ -1,1 +1,1 @@', ...lines, '```'].join('\n');
const replace = (path: string, old: string, fresh: string): string =>
  `${path}\n<<<<<<< SEARCH\n${old}\n=======\n${fresh}\n>>>>>>> REPLACE\n`;

/** An answer, and its sentence. */
const ANSWERS: readonly [title: string, answer: string, sentence: RegExp][] = [
  ['only new lines without a place', diff('+new();'), /place .* is not clear/],
  ['an empty line that is there twice', diff('-', '+new();'), /place .* is not clear/],
  ['more empty lines than are there', diff('-', '-', '-', '+new();'), /place .* is not clear/],
  [
    'an unknown line',
    diff('-zeroth();', '+new();'),
    /not there: “zeroth\(\);”\. The closest one is “first\(\);”/,
  ],
  ['an unknown line between known ones', diff(' first();', '-x = 1', '+y'), /not there: “x = 1”\. Try/],
  [
    'known lines in another order',
    diff('-second();', '-first();', '+new();'),
    /follow each other, from “second/,
  ],
  ['a long line that ends otherwise', diff(`-${LONG}!`, '+y'), /not there: “const text = 'x{65}…”\. Try/],
  ['a long unknown line', replace('src/a.ts', `${'a b '.repeat(99)}`, 'y'), /not there: “(?:a b ){19}a b…”/],
  [
    'a long path',
    replace(`src/${'d/'.repeat(60)}c.ts`, 'x', 'y'),
    /among those to edit: src\/[d/]{75}…\. Try/,
  ],
  [
    'no path of a deleted file',
    '--- a/src/a.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-first();',
    /deletes src\/a\.ts\./,
  ],
];

describe('the sentence of a refusal', () => {
  for (const [title, answer, sentence] of ANSWERS) {
    test(`for ${title}`, () => {
      const result = readFileEdits(answer, [FILE, OTHER]);
      assert.equal(result.kind, 'refused', JSON.stringify(result));
      const reason = result.kind === 'refused' ? result.reason : '';
      assert.match(reason, sentence);
      assert.doesNotMatch(reason, /“”/);
    });
  }

  test('for an edit at lines is the same', () => {
    const context = { languageId: 'typescript', indentation: '  ', before: [], after: [], complete: true };
    const result = readEdit(diff('-', '-', '-', '+new();'), FILE.lines, context);
    assert.ok(
      result.kind === 'refused' && /place .* is not clear/.test(result.reason),
      JSON.stringify(result),
    );
  });

  test('never quotes nothing, nor more than a line, whatever it is given', () => {
    const given = ['', ' \t', '\u200b', 'a\nb', 'x'.repeat(1000)];
    for (const reason of [
      REASONS.declined,
      REASONS.repeated,
      REASONS.snippet,
      REASONS.path,
      REASONS.deleted,
    ]) {
      for (const text of given.slice(reason === REASONS.declined || reason === REASONS.snippet ? 3 : 0)) {
        const sentence = reason(text);
        assert.doesNotMatch(sentence, /“”|\n|: \.|deletes \./, sentence);
        assert.ok(sentence.length < 300, sentence);
      }
    }
    for (const text of given) assert.doesNotMatch(REASONS.missing(text, text), /“”|\n|closest/);
  });
});
