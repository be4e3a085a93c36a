/** Answers that are easy to misread. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEdit } from '../../../../src/assist/edit/index.ts';
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
