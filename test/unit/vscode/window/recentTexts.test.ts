import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recentInstructions } from '../../../../src/vscode/window/recentTexts.ts';

function memory(kept?: unknown) {
  let value = kept;
  return {
    get: () => value,
    update: async (_: string, next: unknown) => {
      value = next;
    },
  };
}

describe('the history of instructions', () => {
  test('has each once, the newest first, and only so many', async () => {
    const history = recentInstructions(memory());
    for (const one of ['a', 'b', 'a']) await history.add(one);
    assert.deepEqual(history.all, ['a', 'b']);
    for (let index = 0; index < 40; index++) await history.add(`instruction ${index}`);
    assert.equal(history.all.length, 30);
    assert.equal(history.all[0], 'instruction 39');
  });

  test('ignores what is not its own', () => {
    assert.deepEqual(recentInstructions(memory('x')).all, []);
    assert.deepEqual(recentInstructions(memory(['a', 7])).all, ['a']);
  });
});
