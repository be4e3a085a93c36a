import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { RegistryClient } from '../../src/oci/index.ts';
import type { Models } from '../../src/vscode/models.ts';
import { RegistriesView } from '../../src/vscode/views/registriesView.ts';
import { REGISTRY } from './support.ts';

const noModels = {
  onDidChangeModels: new vscode.EventEmitter<void>().event,
  find: async () => undefined,
} as unknown as Models;

async function useRegistries(entries: string[]): Promise<void> {
  const target = vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration('ociModels').update('registries', entries, target);
}

describe('the Registries view', () => {
  afterEach(() => useRegistries([REGISTRY]));

  it('lists repositories and tags of a real registry', async () => {
    await useRegistries([REGISTRY]);
    const view = new RegistriesView(() => new RegistryClient({}), noModels);
    const [registry] = await view.getChildren();
    const repositories = await view.getChildren(registry);
    const labels = await Promise.all(repositories.map(async (node) => (await view.getTreeItem(node)).label));
    assert.deepEqual(labels, ['ai/tinycode', 'ai/toy']);
    const tags = await view.getChildren(repositories[1]);
    const tagLabels = await Promise.all(tags.map(async (node) => (await view.getTreeItem(node)).label));
    assert.deepEqual(tagLabels.sort(), ['chat', 'code']);
    view.dispose();
  });

  it('shows a failure as a row with Retry, and asks again', async () => {
    await useRegistries(['127.0.0.1:1']);
    const view = new RegistriesView(() => new RegistryClient({}), noModels);
    const [registry] = await view.getChildren();
    const [row] = await view.getChildren(registry);
    assert.ok(row);
    const item = await view.getTreeItem(row);
    assert.equal(item.contextValue, 'error');
    assert.match(String(item.label), /127\.0\.0\.1:1/);
    const refreshed = new Promise((resolve) => view.onDidChangeTreeData(resolve));
    view.refresh(row);
    assert.equal(await refreshed, registry);
    view.dispose();
  });
});
