import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newErrors, type ReportedError } from '../../../../src/vscode/inline/newErrors.ts';

const at = (message: string, first: number, last = first): ReportedError => ({ message, first, last });

describe('errors after an edit', () => {
  test('only those in its lines', () => {
    const found = newErrors([], [at('a', 3), at('b', 4), at('c', 9)], [4, 5]);
    assert.deepEqual(found, [at('b', 4)]);
  });

  test('one over several lines that reaches into them', () => {
    assert.equal(newErrors([], [at('a', 1, 4)], [4, 5]).length, 1);
    assert.equal(newErrors([], [at('a', 1, 3)], [4, 5]).length, 0);
  });

  test('not those that were there before, wherever they stood', () => {
    assert.deepEqual(newErrors([at('a', 2)], [at('a', 4)], [4, 5]), []);
  });

  test('another one of the same kind is new', () => {
    assert.deepEqual(newErrors([at('a', 4)], [at('a', 4), at('a', 5)], [4, 5]), [at('a', 5)]);
  });

  test('an error elsewhere that moved does not stand for one in the lines', () => {
    assert.deepEqual(newErrors([at('a', 9)], [at('a', 4), at('a', 12)], [4, 5]), [at('a', 4)]);
  });
});
