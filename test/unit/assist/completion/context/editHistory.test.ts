/** The edits of a user, from texts before and after each change. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { diffText, EditHistory } from '../../../../../src/assist/completion/context/editHistory.ts';

const FILE = Array.from({ length: 40 }, (_, index) => `line ${index}`);

function withLine(lines: readonly string[], at: number, text: string): string[] {
  return lines.map((line, index) => (index === at ? text : line));
}

describe('the history of edits', () => {
  test('has all keys at one place as one edit', () => {
    const history = new EditHistory();
    history.open('a', FILE.join('\n'));
    for (const text of ['l', 'le', 'let']) history.change('a', withLine(FILE, 3, text).join('\n'));
    assert.deepEqual(history.all, [{ document: 'a', line: 3, removed: ['line 3'], added: ['let'] }]);
    assert.deepEqual(history.last('a')?.before, FILE);
    assert.equal(diffText(history.all[0] ?? assert.fail(), 'a.ts'), '--- a/a.ts\n+++ b/a.ts\n-line 3\n+let');
  });

  test('begins another edit at another place and in another document, and forgets one that was taken back', () => {
    const history = new EditHistory();
    history.open('a', FILE.join('\n'));
    history.open('b', 'x');
    const first = withLine(FILE, 3, 'let');
    history.change('a', first.join('\n'));
    history.change('a', withLine(first, 20, 'far').join('\n'));
    history.change('b', 'y');
    assert.deepEqual(
      history.all.map(({ document, line, added }) => [document, line, added[0]]),
      [
        ['a', 3, 'let'],
        ['a', 20, 'far'],
        ['b', 0, 'y'],
      ],
    );
    assert.deepEqual(history.last('b')?.before, ['x']);
    history.change('b', 'x');
    assert.equal(history.last('b'), undefined);
    assert.equal(history.all.length, 2);
  });

  test('knows lines that come and go', () => {
    const history = new EditHistory();
    history.open('a', 'one\ntwo');
    history.change('a', 'one\nnew\ntwo');
    assert.deepEqual(history.all, [{ document: 'a', line: 1, removed: [], added: ['new'] }]);
    history.change('a', 'two');
    assert.deepEqual(history.all, [{ document: 'a', line: 0, removed: ['one'], added: [] }]);
  });

  test('is bounded', () => {
    const history = new EditHistory();
    for (let index = 0; index < 40; index++) {
      history.open(`${index}`, 'x');
      history.change(`${index}`, 'y');
    }
    assert.ok(history.all.length <= 17, `${history.all.length}`);
    assert.equal(history.knows('0'), false);
    assert.equal(history.knows('39'), true);
    history.close('39');
    assert.equal(history.knows('39'), false);
    assert.equal(history.all.at(-1)?.document, '39');
  });
});
