import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { Paced } from '../../../../src/vscode/inline/paced.ts';

function withTimers(work: (shown: number[], paced: Paced<number>) => void): void {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const shown: number[] = [];
    work(shown, new Paced(150, (value) => shown.push(value)));
  } finally {
    mock.timers.reset();
  }
}

describe('a paced value', () => {
  test('is shown at once, then the newest one after each interval', () => {
    withTimers((shown, paced) => {
      for (let value = 0; value < 40; value++) {
        paced.push(value);
        mock.timers.tick(10);
      }
      assert.deepEqual(shown, [0, 14, 29]);
      mock.timers.tick(150);
      assert.deepEqual(shown, [0, 14, 29, 39]);
      mock.timers.tick(1_000);
      paced.push(40);
      assert.deepEqual(shown, [0, 14, 29, 39, 40]);
    });
  });

  test('is not shown any more once it is cleared', () => {
    withTimers((shown, paced) => {
      paced.push(1);
      paced.push(2);
      paced.clear();
      mock.timers.tick(1_000);
      assert.deepEqual(shown, [1]);
    });
  });
});
