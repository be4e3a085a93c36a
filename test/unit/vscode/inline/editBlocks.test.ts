/** Blocks of a proposal: any of them applied give exactly the lines that they say, and no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockAt, editBlocks, withBlocks } from '../../../../src/vscode/inline/editBlocks.ts';
import fc from '../../../support/fastCheck.ts';

const OLD = ['a', 'b', 'c', 'd', 'e'];
/** Replaces b, removes d, adds a line at the end. */
const NEW = ['a', 'B1', 'B2', 'c', 'e', 'f'];

test('neighboring changes are one block, and equal lines part two', () => {
  assert.deepEqual(editBlocks(OLD, NEW), [
    { oldStart: 1, oldCount: 1, newStart: 1, newCount: 2 },
    { oldStart: 3, oldCount: 1, newStart: 4, newCount: 0 },
    { oldStart: 5, oldCount: 0, newStart: 5, newCount: 1 },
  ]);
  assert.deepEqual(editBlocks(OLD, OLD), []);
  assert.deepEqual(editBlocks(OLD, []), [{ oldStart: 0, oldCount: 5, newStart: 0, newCount: 0 }]);
});

test('a block alone changes its lines only', () => {
  const [first, second, third] = editBlocks(OLD, NEW);
  assert.ok(first && second && third);
  assert.deepEqual(withBlocks(OLD, NEW, [first]), ['a', 'B1', 'B2', 'c', 'd', 'e']);
  assert.deepEqual(withBlocks(OLD, NEW, [second]), ['a', 'b', 'c', 'e']);
  assert.deepEqual(withBlocks(OLD, NEW, [third]), ['a', 'b', 'c', 'd', 'e', 'f']);
  assert.deepEqual(withBlocks(OLD, NEW, []), OLD);
});

test('all blocks give the proposal, and the rest of them once some are applied', () => {
  const lines = fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, fc.nat(), (original, proposed, seed) => {
      const blocks = editBlocks(original, proposed);
      assert.deepEqual(withBlocks(original, proposed, blocks), proposed);
      const isChosen = (index: number): boolean => ((seed >> (index % 16)) & 1) === 1;
      const accepted = withBlocks(
        original,
        proposed,
        blocks.filter((_, index) => isChosen(index)),
      );
      const rest = editBlocks(accepted, proposed);
      assert.deepEqual(withBlocks(accepted, proposed, rest), proposed);
    }),
  );
});

test('the block at a line is found on both sides', () => {
  const blocks = editBlocks(OLD, NEW);
  const [first, second, third] = blocks;
  assert.equal(blockAt(blocks, 1, 'old'), first);
  assert.equal(blockAt(blocks, 2, 'new'), first);
  assert.equal(blockAt(blocks, 0, 'new'), undefined);
  assert.equal(blockAt(blocks, 3, 'old'), second);
  // A deletion has no line on the right, so it is at the lines around it.
  assert.equal(blockAt(blocks, 3, 'new'), second);
  assert.equal(blockAt(blocks, 5, 'new'), third);
  assert.equal(blockAt(blocks, 4, 'old'), third);
  assert.equal(blockAt(blocks, 2, 'old'), undefined);
});
