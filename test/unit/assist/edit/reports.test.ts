/** Reported answers, whole and in pieces. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEditReader, readEdit } from '../../../../src/assist/edit/index.ts';
import { REPORTS } from './reports.ts';

describe('a reported answer', () => {
  for (const {
    id,
    languageId,
    original,
    answer,
    want,
    indentation = '    ',
    before = [],
    after = [],
  } of REPORTS) {
    test(id, () => {
      const context = { languageId, indentation, before, after, complete: true };
      const result = readEdit(answer, original, context);
      const lines = result.kind === 'lines' ? result.lines : undefined;
      assert.deepEqual(lines, want, JSON.stringify(result));
      for (const size of [1, 3, 7]) {
        const reader = createEditReader(original, context);
        for (let at = 0; at < answer.length; at += size) reader.push(answer.slice(at, at + size));
        assert.deepEqual(reader.end(), result, `in pieces of ${size}`);
      }
    });
  }
});
