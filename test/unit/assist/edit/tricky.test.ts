/** Answers that are easy to misread. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEditReader, readEdit } from '../../../../src/assist/edit/index.ts';
import { DOUBLES } from './doubles.ts';
import { HABITS } from './habits.ts';
import { LEFT_OUT } from './leftOut.ts';
import { MODEL_ANSWERS } from './modelAnswers.ts';
import { REAL_EDITS } from './realEdits.ts';
import { TRICKY } from './tricky.ts';

describe('an answer that is easy to misread', () => {
  for (const {
    id,
    lang,
    orig,
    answer,
    want,
    before = [],
    after = [],
    indentation = '    ',
    complete = true,
  } of [...TRICKY, ...HABITS, ...DOUBLES, ...LEFT_OUT, ...REAL_EDITS, ...MODEL_ANSWERS]) {
    test(id, () => {
      const result = readEdit(answer, orig, { languageId: lang, indentation, before, after, complete });
      assert.deepEqual(result.kind === 'lines' ? result.lines : result.kind, want, JSON.stringify(result));
    });
  }
});

describe('words about code in pages and documents', () => {
  const cases = [
    ['markdown', 'Describe the function.', [''], 'This function prints the prices', true],
    ['markdown', 'Introduce the list.', [''], 'Here is how to install it:', true],
    ['markdown', 'Introduce the list.', [''], 'Here is the updated code:', false],
    ['markdown', 'Introduce the list.', [''], 'This version adds ghost text:', true],
    ['markdown', 'Shorten it.', ['This code prints prices'], 'The following code prints', true],
    ['plaintext', 'Write a commit message.', [''], 'This change adds prices', true],
    ['html', 'Rewrite it.', ['    Our prices.'], '    Here is what we charge.', true],
    ['html', 'Rewrite it.', ['    Our prices.'], "    Sure! Here's the page:", false],
    ['html', 'Rewrite it.', ['    Our prices.'], '    Sure, we deliver.', true],
    ['yaml', 'Be sure.', ['sure: 0'], 'sure: 1', true],
    ['ini', 'Be sure.', [''], 'sure=1', true],
  ] as const;
  for (const [languageId, instruction, original, line, isText] of cases) {
    test(`${languageId}: ${line.trim()}`, () => {
      const context = { languageId, instruction, indentation: '  ', before: [], after: [], complete: true };
      const reader = createEditReader(original, context);
      const { lines } = reader.push(`\`\`\`${languageId}\n${line}\n\`\`\``);
      const result = reader.end();
      assert.equal(result.kind, isText ? 'lines' : 'refused');
      // Nothing is shown that is taken back.
      assert.ok(isText || lines.length === 0);
    });
  }
});

describe('JSON', () => {
  const context = {
    languageId: 'json',
    indentation: '  ',
    before: ['{'],
    after: ['  "b": 2', '}'],
    complete: true,
  };

  test('says if a comma is missing at the end', () => {
    const result = readEdit('```json\n"a": 2\n```', ['  "a": 1,'], context);
    assert.match(result.kind === 'lines' ? result.notes.join() : assert.fail(), /comma behind/);
    const same = readEdit('```json\n"a": 2,\n```', ['  "a": 1,'], context);
    assert.doesNotMatch(same.kind === 'lines' ? same.notes.join() : assert.fail(), /comma/);
  });
});
