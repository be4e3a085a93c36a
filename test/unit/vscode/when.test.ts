import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '../../support/vscodeStub.ts';
import { declaredCommands } from '../../../scripts/support/commandFiles.ts';
import { type RowWord, rowHas } from '../../../src/vscode/commands/when.ts';

const { treeRow } = await import('../../../src/vscode/views/row.ts');

/** Tells whether a menu with the clause has its command on a row with the words, as VS Code evaluates `=~`. */
function matches(clause: string, words: readonly (RowWord | false)[]): boolean {
  const pattern = /^viewItem =~ \/(.*)\/$/.exec(clause)?.[1];
  assert.ok(pattern !== undefined, clause);
  return new RegExp(pattern).test(String(treeRow({ label: 'x', words }).contextValue));
}

describe('a clause about the words of a row', () => {
  test('is true on rows that have one of the words, and on no others', () => {
    assert.equal(matches(rowHas('tag'), ['tag', 'local']), true);
    assert.equal(matches(rowHas('tag'), ['local', 'page']), false);
    assert.equal(matches(rowHas('loaded', 'unloaded'), ['unloaded', 'localModel']), true);
    assert.equal(
      matches(rowHas('loaded'), ['unloaded', 'localModel']),
      false,
      'a word is no part of another',
    );
    assert.equal(matches(rowHas('page'), [false, 'tag']), false);
  });

  test('is the same for the same words, in whatever order a row has them', () => {
    const values = [['tag', 'page'] as const, ['page', 'tag'] as const].map((words) =>
      treeRow({ label: 'x', words }),
    );
    assert.deepEqual(
      values.map(({ contextValue }) => contextValue),
      ['page;tag', 'page;tag'],
    );
  });

  test('stands in every menu of rows, so that no command is on all rows of all extensions', async () => {
    for (const { command } of await declaredCommands()) {
      for (const place of command.menus?.['view/item/context'] ?? []) {
        const when = typeof place === 'string' ? command.when : place.when;
        assert.match(when ?? '', /viewItem =~ \/\\b/, command.id);
      }
    }
  });
});
