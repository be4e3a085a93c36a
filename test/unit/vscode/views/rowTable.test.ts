/** The table of a view: rows by their kinds, failures as rows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as vscode from 'vscode';
import type { RowKind } from '../../../../src/vscode/views/rowKind.ts';
import '../../../support/vscodeStub.ts';

const { errorRow } = await import('../../../../src/vscode/views/errorRow.ts');
const { treeRow } = await import('../../../../src/vscode/views/row.ts');
const { RowTable } = await import('../../../../src/vscode/views/rowTable.ts');

interface View {
  readonly fails: boolean;
}
interface Parent {
  readonly kind: 'parent';
}
interface Child {
  readonly kind: 'child';
  readonly name: string;
}

const parent: RowKind<Parent, View, Child> = {
  kind: 'parent',
  top: () => [{ kind: 'parent' }],
  item: () => treeRow({ label: 'parent', words: [] }),
  children: async (_, { fails }) => {
    if (fails) throw new Error('boom');
    return [{ kind: 'child', name: 'one' }];
  },
};
const child: RowKind<Child, View> = {
  kind: 'child',
  top: (_, above) => [{ kind: 'child', name: `below ${above.length}` } as Child],
  item: ({ name }) => treeRow({ label: name, words: [] }),
  details: async ({ name }) => `about ${name}`,
};
const KINDS = [parent, child, errorRow] as const;
const table = new RowTable<View, typeof KINDS>(KINDS);
const token = {} as vscode.CancellationToken;

describe('a table of rows', () => {
  test('has the top rows in the order of the kinds, which know what is above them', async () => {
    const top = await table.top({ fails: false });
    assert.deepEqual(top, [{ kind: 'parent' }, { kind: 'child', name: 'below 1' }]);
    const labels = await Promise.all(
      top.map(async (node) => (await table.item(node, { fails: false })).label),
    );
    assert.deepEqual(labels, ['parent', 'below 1']);
  });

  test('opens what can be opened, and a failure is a row that remembers where', async () => {
    const node: Parent = { kind: 'parent' };
    assert.deepEqual(await table.children(node, { fails: false }), [{ kind: 'child', name: 'one' }]);
    assert.deepEqual(await table.children({ kind: 'child', name: 'x' } as Child, { fails: false }), []);
    const [failure] = await table.children(node, { fails: true });
    assert.equal(failure?.kind, 'error');
    assert.deepEqual((failure as { parent: unknown }).parent, node);
    const item = await table.item(failure, { fails: true });
    assert.match(String(item.label), /boom/);
    assert.equal(item.contextValue, 'error');
  });

  test('leaves turns to others while it makes the items of many rows', async () => {
    const slow: RowKind<Child, View> = {
      kind: 'child',
      item: ({ name }) => {
        const end = performance.now() + 1;
        while (performance.now() < end);
        return treeRow({ label: name, words: [] });
      },
    };
    const many = new RowTable<View, readonly [typeof slow]>([slow]);
    const names = Array.from({ length: 300 }, (_, index) => `${index}`);
    let made = 0;
    let seen = 0;
    setImmediate(() => {
      seen = made;
    });
    const items = await Promise.all(
      names.map(async (name) => {
        const item = await many.item({ kind: 'child', name } as Child, { fails: false });
        made++;
        return item.label;
      }),
    );
    assert.deepEqual(items, names);
    assert.ok(seen > 0 && seen < 100, `${seen} before another had its turn`);
  });

  test('asks for a tooltip when it is wanted', async () => {
    const node: Child = { kind: 'child', name: 'x' };
    const item = await table.item(node, { fails: false });
    assert.equal((await table.resolve(item, node, { fails: false }, token)).tooltip, 'about x');
    const other = await table.item({ kind: 'parent' } as Parent, { fails: false });
    assert.equal(
      (await table.resolve(other, { kind: 'parent' } as Parent, { fails: false }, token)).tooltip,
      undefined,
    );
  });
});
