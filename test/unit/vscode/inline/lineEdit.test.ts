/** Edits of lines give exactly the lines that are wanted, wherever they stand and whatever ends a line. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lineEdit } from '../../../../src/vscode/inline/lineEdit.ts';
import { randomFrom } from '../../../support/random.ts';
import { SEED } from '../../../support/seed.ts';

/** The document after the edit, as VS Code applies it. */
function applied(
  document: readonly string[],
  startLine: number,
  count: number,
  after: readonly string[],
  eol: string,
) {
  const edit = lineEdit(document.slice(startLine, startLine + count), after, {
    startLine,
    lineCount: document.length,
    lengthOf: (line) => document[line]?.length ?? 0,
    eol,
  });
  if (edit === undefined) return { text: document.join(eol), edit };
  const offset = (line: number, character: number): number =>
    document.slice(0, line).reduce((sum, text) => sum + text.length + eol.length, 0) + character;
  const text = document.join(eol);
  const start = offset(edit.startLine, edit.startCharacter);
  const end = offset(edit.endLine, edit.endCharacter);
  assert.ok(start >= 0 && start <= end && end <= text.length, 'within the document');
  return { text: text.slice(0, start) + edit.text + text.slice(end), edit };
}

describe('an edit of lines', () => {
  test('that changes nothing is none', () => {
    assert.equal(applied(['a', 'b'], 0, 2, ['a', 'b'], '\n').edit, undefined);
  });

  test('leaves equal lines at both ends alone', () => {
    const { edit } = applied(['a', 'b', 'c', 'd'], 0, 4, ['a', 'x', 'd'], '\n');
    assert.deepEqual(
      [edit?.startLine, edit?.startCharacter, edit?.endLine, edit?.endCharacter, edit?.text],
      [1, 0, 2, 1, 'x'],
    );
  });

  test('gives the lines that are wanted', () => {
    const random = randomFrom(SEED);
    const pick = (count: number): number => Math.floor(random() * count);
    const lines = (count: number): string[] =>
      Array.from({ length: count }, () => ['', 'a', 'b', '  c'][pick(4)] ?? '');
    for (let round = 0; round < 3000; round++) {
      const document = lines(1 + pick(8));
      const startLine = pick(document.length);
      const count = 1 + pick(document.length - startLine);
      const after = lines(pick(6));
      const eol = random() < 0.5 ? '\n' : '\r\n';
      const expected = [...document.slice(0, startLine), ...after, ...document.slice(startLine + count)];
      const { text } = applied(document, startLine, count, after, eol);
      // A document always has a line.
      assert.equal(text, expected.join(eol), JSON.stringify({ document, startLine, count, after, eol }));
    }
  });
});
