/** Rows of local models tell the speed that was measured here, and what is expected before that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedModel, ModelUse, Session, UpdateState } from '../../../../src/session/index.ts';
import '../../../support/vscodeStub.ts';

const { LocalView } = await import('../../../../src/vscode/views/local/localView.ts');
const { Machine } = await import('../../../../src/vscode/window/machine.ts');

const NEVER = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => {} }) };

interface Shown {
  readonly description: unknown;
  readonly words: unknown;
  readonly tooltip: string;
}

async function rowOf(use?: ModelUse, update?: UpdateState, more: object = {}): Promise<Shown> {
  const model = {
    id: 'docker.io/ai/m:x',
    label: 'm:x',
    reference: { registry: 'docker.io', repository: 'ai/m', tag: 'x' },
    manifestDigest: 'sha256:a',
    sizeBytes: 1e6,
    ...more,
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
  const onDidChange = () => () => {};
  const view = new LocalView(session, machine, { of, onDidChange }, { of: async () => update, onDidChange });
  const [node] = await view.getChildren();
  assert.ok(node);
  const item = await view.getTreeItem(node);
  const { tooltip } = await view.resolveTreeItem(item, node, NEVER as never);
  assert.deepEqual([...new Set(asked)], ['sha256:a']);
  view.dispose();
  return { description: item.description, words: item.contextValue, tooltip: String(tooltip) };
}

test('before the first answer the tooltip says what is expected', async () => {
  const { description, tooltip } = await rowOf();
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

const CHECKED_AT = Date.now() - 3 * 60 * 60_000 - 1000;

test('a model with an update has its size and the command for it', async () => {
  const { description, words, tooltip } = await rowOf(undefined, {
    missingBytes: 123e6,
    checkedAt: CHECKED_AT,
  });
  assert.equal(description, 'update · +123 MB · 1.0 MB · loaded');
  assert.match(String(words), /\bupdatable\b/);
  assert.match(tooltip, /^Updates: one of 123 MB, found 3 hours ago$/m);
});

test('a model without an update says when that was checked', async () => {
  const { description, words, tooltip } = await rowOf(undefined, {
    missingBytes: undefined,
    checkedAt: CHECKED_AT,
  });
  assert.equal(description, '1.0 MB · loaded');
  assert.doesNotMatch(String(words), /\bupdatable\b/);
  assert.match(tooltip, /^Updates: none, checked 3 hours ago$/m);
});

test('a model that is pinned by its digest says that it is', async () => {
  const reference = { registry: 'docker.io', repository: 'ai/m', tag: 'x', digest: 'sha256:a' };
  const { tooltip } = await rowOf(undefined, undefined, { reference });
  assert.match(tooltip, /^Updates: none, because the name has a digest$/m);
});

test('a damaged model is repaired, not updated', async () => {
  const update = { missingBytes: 5, checkedAt: CHECKED_AT };
  const { words } = await rowOf(undefined, update, { problem: 'Damaged.' });
  assert.doesNotMatch(String(words), /\bupdatable\b/);
});
