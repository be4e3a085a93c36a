import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { listDownloads } from '../../src/library/index.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import type { Session } from '../../src/session/index.ts';
import { ModelStore, type VerifyReport } from '../../src/store/index.ts';
import { LocalView } from '../../src/vscode/views/local/localView.ts';
import { Machine } from '../../src/vscode/window/machine.ts';
import { randomBytes } from '../support/random.ts';
import { REGISTRY } from './support.ts';

describe('Verify Local Models', () => {
  it('reads a model, or all of them, and finds them whole', async () => {
    const reference = `${REGISTRY}/ai/toy:chat`;
    await vscode.commands.executeCommand('ociModels.model.pull', reference);
    const verify = (argument?: string): Thenable<VerifyReport | undefined> =>
      vscode.commands.executeCommand('ociModels.model.verify', argument);
    const one = await verify(reference);
    assert.deepEqual([one?.models, one?.damaged], [1, []]);
    assert.ok((one?.checkedBytes ?? 0) > 1000);
    const all = await verify();
    assert.ok((all?.models ?? 0) >= 1);
    assert.deepEqual(all?.damaged, []);
  });

  it('says where the model is not on this machine', async () => {
    assert.equal(
      await vscode.commands.executeCommand('ociModels.model.verify', 'ai/nothing:here'),
      undefined,
    );
  });
});

describe('unfinished downloads in the Local Models view', () => {
  let folder: string;
  let store: ModelStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-view-'));
    store = await ModelStore.open(folder);
  });
  afterEach(async () => {
    store.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('have rows of their own, while they run and when they stopped', async () => {
    const bytes = randomBytes(2_000_000);
    const descriptor = { mediaType: '', digest: digestOf(bytes), size: bytes.length };
    const ingest = await store.openIngest(descriptor, { reference: 'docker.io/ai/toy:latest' });
    ingest.write(bytes.subarray(0, 500_000), 0);
    const models = {
      onDidChange: () => () => {},
      onDidChangeDownloads: () => () => {},
      list: async () => [],
      endpoints: () => [],
      downloads: () => listDownloads(store),
      diskUse: async () => undefined,
    } as unknown as Session;
    const view = new LocalView(models, new Machine(async () => undefined));
    const row = async (): Promise<vscode.TreeItem | undefined> => {
      const [group] = await view.getChildren();
      assert.ok(group);
      assert.equal(
        (await view.getTreeItem(group)).collapsibleState,
        vscode.TreeItemCollapsibleState.Expanded,
      );
      const [download] = await view.getChildren(group);
      return download === undefined ? undefined : view.getTreeItem(download);
    };
    const running = await row();
    assert.equal(running?.contextValue, 'download;pausable;running');
    assert.match(String(running?.description), / · downloading$/);
    await ingest.close();
    const stopped = await row();
    assert.equal(stopped?.label, 'toy:latest');
    assert.equal(stopped?.description, '0.5 of 2.0 MB · paused just now');
    assert.equal(stopped?.contextValue, 'download;resumable;stopped');
    await store.removePartial(descriptor.digest);
    assert.deepEqual(await view.getChildren(), []);
    view.dispose();
  });
});
