/** Ghost text of next edits: what the editor makes of it is the edit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOld, isTaken, type LineGhost, lineGhost } from '../../../../src/vscode/nextEdit/lineGhost.ts';

/** Takes ghost text as the editor does: its text replaces the anchor. */
function taken(lines: readonly string[], { anchor, text }: LineGhost): string[] {
  return [...lines.slice(0, anchor), ...text.split('\n'), ...lines.slice(anchor + 1)];
}

test('taking ghost text and what it replaces away is the edit, wherever it is', () => {
  let shown = 0;
  for (const lines of [['a', 'b', 'c', 'd'], ['a', 'b', ''], ['a'], ['']])
    for (let line = 0; line <= lines.length; line++)
      for (let gone = 0; line + gone <= lines.length; gone++)
        for (const added of [[], ['x'], ['x', 'y'], ['x', '', 'y'], ['x', 'y', 'z', 'u', 'v']]) {
          const edit = { document: 'd', line, removed: lines.slice(line, line + gone), added };
          const ghost = lineGhost((at) => lines[at], edit);
          const what = JSON.stringify({ lines, line, gone, added });
          assert.equal(ghost !== undefined, added.length > gone, what);
          if (ghost === undefined) continue;
          shown++;
          const between = taken(lines, ghost);
          // The editor wants the text of the cursor's line first.
          assert.ok(ghost.text.startsWith(`${lines[ghost.anchor]}\n`), what);
          assert.equal(
            isTaken((at) => between[at], ghost),
            true,
            what,
          );
          const after = between.toSpliced(firstOld(ghost), ghost.old.length);
          assert.deepEqual(after, [...lines.slice(0, line), ...added, ...lines.slice(line + gone)], what);
        }
  assert.ok(shown > 50);
});

test('white space alone is no ghost text', () => {
  for (const added of [[''], ['', '  '], ['\t']])
    assert.equal(
      lineGhost(() => 'a', { document: 'd', line: 1, removed: [], added }),
      undefined,
    );
});

test('old lines are taken away only if they are as they were, and the new ones are there', () => {
  const lines = ['a', 'b', 'c'];
  const ghost = lineGhost((at) => lines[at], {
    document: 'd',
    line: 0,
    removed: ['a', 'b'],
    added: ['x', 'y', 'z'],
  });
  assert.ok(ghost);
  const cases: readonly [string, readonly string[], boolean][] = [
    ['taken', ['a', 'b', 'x', 'y', 'z', 'c'], true],
    ['taken, and typed on', ['a', 'b', 'x', 'y', 'z1', 'c'], true],
    ['taken in part', ['a', 'b', 'x', 'c'], true],
    ['not taken', lines, false],
    ['an old line changed', ['a', 'b!', 'x', 'y', 'z', 'c'], false],
    ['a line came above', ['', 'a', 'b', 'x', 'y', 'z', 'c'], false],
    ['undone', ['a', 'b'], false],
    ['gone', [], false],
  ];
  for (const [what, now, expected] of cases)
    assert.equal(
      isTaken((at) => now[at], ghost),
      expected,
      what,
    );
});
