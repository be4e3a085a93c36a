/** A next edit as one replacement in a document. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import '../../../support/vscodeStub.ts';

const { replacement } = await import('../../../../src/vscode/nextEdit/nextEdits.ts');

/** Applies an edit as the editor does. */
function applied(
  lines: readonly string[],
  line: number,
  removed: readonly string[],
  added: readonly string[],
) {
  const document = {
    lineCount: lines.length,
    lineAt: (at: number) => ({ range: { end: { line: at, character: lines[at]?.length ?? 0 } } }),
  } as unknown as Parameters<typeof replacement>[0];
  const { range, text } = replacement(document, { document: 'd', line, removed, added });
  const offset = (position: { line: number; character: number }): number =>
    lines.slice(0, position.line).join('\n').length + (position.line > 0 ? 1 : 0) + position.character;
  const before = lines.join('\n');
  return before.slice(0, offset(range.start)) + text + before.slice(offset(range.end));
}

test('a next edit changes exactly its lines, wherever they are', () => {
  for (const lines of [['a', 'b', 'c', 'd'], ['a', 'b', ''], ['a']])
    for (let line = 0; line <= lines.length; line++)
      for (let gone = 0; line + gone <= lines.length; gone++)
        for (const added of [[], ['x'], ['x', 'y']]) {
          if (gone === 0 && added.length === 0) continue;
          const after = [...lines.slice(0, line), ...added, ...lines.slice(line + gone)];
          const found = applied(lines, line, lines.slice(line, line + gone), added);
          assert.equal(found, after.join('\n'), JSON.stringify({ lines, line, gone, added }));
        }
});
