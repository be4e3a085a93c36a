/** The part of a line that is shown as changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../support/vscodeStub.ts';

const { wordsInCommon } = await import('../../../../src/vscode/nextEdit/nextEditView.ts');

function changed(before: string, after: string): [string, string] {
  const { head, tail } = wordsInCommon(before, after);
  return [before.slice(head, before.length - tail), after.slice(head, after.length - tail)];
}

test('whole words change, and what stands around them stays', () => {
  assert.deepEqual(changed('add(total);', 'add(all);'), ['total', 'all']);
  assert.deepEqual(changed('add(total);', 'add(totals);'), ['total', 'totals']);
  assert.deepEqual(changed('f(a, b);', 'f(a, b, c);'), ['', ', c']);
  assert.deepEqual(changed('  return 1;', '  return 1; // one'), ['', ' // one']);
  assert.deepEqual(changed('aa', 'aaa'), ['aa', 'aaa']);
  assert.deepEqual(changed('', 'x'), ['', 'x']);
  assert.deepEqual(changed('same', 'same'), ['', '']);
});
