/** Rows of local models tell the speed that was measured here, and what is expected before that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedModel, ModelUse, Session } from '../../../../src/session/index.ts';
import '../../../support/vscodeStub.ts';

const { LocalView } = await import('../../../../src/vscode/views/local/localView.ts');
const { Machine } = await import('../../../../src/vscode/window/machine.ts');

const NEVER = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => {} }) };

async function rowOf(use: ModelUse | undefined): Promise<{ description: unknown; tooltip: string }> {
  const model = {
    id: 'docker.io/ai/m:x',
    label: 'm:x',
    reference: { registry: 'docker.io', repository: 'ai/m', tag: 'x' },
    manifestDigest: 'sha256:a',
    sizeBytes: 1e6,
  } as unknown as ListedModel;
  const session = {
    onDidChange: () => () => {},
    onDidChangeDownloads: () => () => {},
    list: async () => [model],
    downloads: async () => [],
    endpoints: () => [],
    diskUse: async () => undefined,
    stateOf: () => 'ready',
  } as unknown as Session;
  const asked: string[] = [];
  const of = async (digest: string): Promise<ModelUse | undefined> => {
    asked.push(digest);
    return use;
  };
  const machine = new Machine(async () => undefined);
  const view = new LocalView(session, machine, { of, onDidChange: () => () => {} });
  const [node] = await view.getChildren();
  assert.ok(node);
  const item = await view.getTreeItem(node);
  const { tooltip } = await view.resolveTreeItem(item, node, NEVER as never);
  assert.deepEqual([...new Set(asked)], ['sha256:a']);
  view.dispose();
  return { description: item.description, tooltip: String(tooltip) };
}

test('before the first answer the tooltip says what is expected', async () => {
  const { description, tooltip } = await rowOf(undefined);
  assert.equal(description, '1.0 MB · loaded');
  assert.match(tooltip, /^Speed: about \d+ tokens a second$/m);
  assert.doesNotMatch(tooltip, /Last used/);
});

test('after answers the row has the measured speed, and the tooltip the last use', async () => {
  const usedAt = Date.now() - 3 * 60 * 60_000 - 1000;
  const { description, tooltip } = await rowOf({ tokensPerSecond: 41.6, usedAt });
  assert.equal(description, '1.0 MB · loaded · 42 tokens/s');
  assert.match(tooltip, /^Speed: 42 tokens a second, measured here$/m);
  assert.match(tooltip, /^Last used: 3 hours ago$/m);
});
