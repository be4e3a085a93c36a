/** Answers that are easy to misread. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEdit } from '../../../../src/assist/edit/index.ts';
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
  } of TRICKY) {
    test(id, () => {
      const result = readEdit(answer, orig, { languageId: lang, indentation, before, after, complete });
      assert.deepEqual(result.kind === 'lines' ? result.lines : result.kind, want, JSON.stringify(result));
    });
  }
});
