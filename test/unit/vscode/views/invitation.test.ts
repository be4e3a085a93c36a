/** An unfinished first download hides the view's welcome, and rows take its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../../../../src/session/index.ts';
import '../../../support/vscodeStub.ts';

const { LocalView } = await import('../../../../src/vscode/views/local/localView.ts');
const { Machine } = await import('../../../../src/vscode/window/machine.ts');

const REFERENCE = { registry: 'docker.io', repository: 'ai/m', tag: 'x' };
const MODEL = { id: 'docker.io/ai/m:y', reference: { ...REFERENCE, tag: 'y' }, manifestDigest: 'a' };

interface Parts {
  readonly list?: readonly unknown[];
  readonly downloads?: readonly unknown[];
  readonly endpoints?: readonly unknown[];
}

async function kindsOf({ list = [], downloads = [], endpoints = [] }: Parts): Promise<string[]> {
  const session = {
    onDidChange: () => () => {},
    onDidChangeDownloads: () => () => {},
    list: async () => list,
    downloads: async () => downloads,
    endpoints: () => endpoints,
    diskUse: async () => ({ modelBytes: 0, downloadBytes: 0, folder: '/' }),
  } as unknown as Session;
  const view = new LocalView(session, new Machine(async () => undefined));
  const rows: string[] = [];
  for (const node of await view.getChildren()) {
    const { command } = node.kind === 'invitation' ? await view.getTreeItem(node) : {};
    rows.push([node.kind, command?.command].filter(Boolean).join(' '));
  }
  view.dispose();
  return rows;
}

const DOWNLOADS = [{ id: 'docker.io/ai/m:x', reference: REFERENCE, size: 9, doneBytes: 1 }];
const INVITATIONS = ['invitation ociModels.setup.start', 'invitation ociModels.model.pull'];

for (const [what, parts, expected] of [
  ['nothing, so that VS Code shows the welcome', {}, []],
  ['a first download', { downloads: DOWNLOADS }, ['downloads', ...INVITATIONS, 'usage']],
  ['a download beside a model', { downloads: DOWNLOADS, list: [MODEL] }, ['downloads', 'model', 'usage']],
  [
    'a download beside an endpoint',
    { downloads: DOWNLOADS, endpoints: [{}] },
    ['downloads', 'endpoints', 'usage'],
  ],
] as const) {
  test(what, async () => assert.deepEqual(await kindsOf(parts), expected));
}
