/** Changes of a file, of which some blocks are taken and some are left. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingFile } from '../../../../src/vscode/inline/files/pendingFile.ts';
import fc from '../../../support/fastCheck.ts';

const OLD = ['a', 'b', 'c', 'd', 'e'];
/** Replaces b, removes d, adds a line at the end. */
const NEW = ['a', 'B', 'c', 'e', 'f'];

function pendingFile(original: readonly string[] = OLD, lines: readonly string[] = NEW): PendingFile {
  return new PendingFile({ path: 'a.txt', isNew: false, lines }, original);
}

test('a block that is taken changes its lines only, and the others stay proposed', () => {
  const file = pendingFile();
  const [first] = file.blocks(OLD);
  assert.ok(first);
  const current = file.taking(OLD, [first]);
  assert.deepEqual(current, ['a', 'B', 'c', 'd', 'e']);
  assert.equal(file.isTaken, false);
  file.goOnFrom(current);
  assert.equal(file.isTaken, true);
  assert.equal(file.isAbout(current), true);
  assert.equal(file.blocks(current).length, 2);
  assert.deepEqual(file.taking(current, file.blocks(current)), NEW);
});

test('a block that is left is proposed no more', () => {
  const file = pendingFile();
  const [, second] = file.blocks(OLD);
  assert.ok(second);
  file.leave(OLD, [second]);
  assert.deepEqual(file.lines, ['a', 'B', 'c', 'd', 'e', 'f']);
  file.leave(OLD, file.blocks(OLD));
  assert.deepEqual(file.blocks(OLD), []);
});

test('undoing brings a taken block back, and typing makes the changes foreign to the file', () => {
  const file = pendingFile();
  const [first, ...rest] = file.blocks(OLD);
  assert.ok(first);
  const current = file.taking(OLD, [first]);
  assert.equal(file.isAbout(current), false, 'not before it is in the file');
  file.goOnFrom(current);
  file.leave(current, file.blocks(current).slice(1));
  assert.equal(file.isAbout(OLD), true);
  assert.deepEqual(file.blocks(OLD), [first, ...rest.slice(0, 1)]);
  assert.equal(file.isAbout([...current, 'typed']), false);
  assert.equal(file.isAbout(['A', ...current.slice(1)]), false);
});

test('a block that is left after it was undone is not taken away when redo brings it back', () => {
  const file = pendingFile();
  const [first] = file.blocks(OLD);
  assert.ok(first);
  const taken = file.taking(OLD, [first]);
  file.goOnFrom(taken);
  file.leave(OLD, [first]);
  assert.equal(file.isAbout(OLD), true);
  assert.equal(file.isAbout(taken), false);
});

test('whatever is taken and left in any order, each block is in the file or is not', () => {
  const lines = fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 12 });
  const choices = fc.array(fc.tuple(fc.nat(), fc.boolean()), { minLength: 24, maxLength: 24 });
  fc.assert(
    fc.property(lines, lines, choices, (original, proposed, decisions) => {
      const file = pendingFile(original, proposed);
      let current: readonly string[] = original;
      for (const [index, isTaken] of decisions) {
        const blocks = file.blocks(current);
        const block = blocks[index % Math.max(1, blocks.length)];
        if (block === undefined) break;
        if (isTaken) {
          current = file.taking(current, [block]);
          file.goOnFrom(current);
        } else file.leave(current, [block]);
        assert.equal(file.blocks(current).length < blocks.length, true);
      }
      assert.deepEqual(file.lines, current, 'nothing is left at the end');
    }),
  );
});
