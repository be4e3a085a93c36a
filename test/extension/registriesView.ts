import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { silentLog } from '../../src/base/log.ts';
import { Catalogue, type Inspection, Inspector } from '../../src/catalog/index.ts';
import { RegistryClient } from '../../src/oci/index.ts';
import type { Session } from '../../src/session/index.ts';
import { RegistriesView } from '../../src/vscode/views/registries/registriesView.ts';
import { Machine } from '../../src/vscode/window/machine.ts';
import { answering, REGISTRY } from './support.ts';

const noModels = {
  onDidChangeModels: () => () => {},
  list: async () => [],
} as unknown as Session;

function registriesView(): RegistriesView {
  const client = new RegistryClient({});
  const registry = (): RegistryClient => client;
  return new RegistriesView({
    catalogue: new Catalogue({ folder: join(tmpdir(), randomUUID()), registry, log: silentLog }),
    models: noModels,
    inspector: new Inspector({ registry }),
    machine: new Machine(async () => undefined),
    log: silentLog,
  });
}

async function useRegistries(entries: string[]): Promise<void> {
  const target = vscode.ConfigurationTarget.Workspace;
  await vscode.workspace.getConfiguration('ociModels').update('registries', entries, target);
}

describe('the Registries view', () => {
  afterEach(() => useRegistries([REGISTRY]));

  it('lists repositories and tags of a real registry', async () => {
    await useRegistries([REGISTRY]);
    const view = registriesView();
    const [registry] = await view.getChildren();
    const repositories = await view.getChildren(registry);
    const labels = await Promise.all(repositories.map(async (node) => (await view.getTreeItem(node)).label));
    assert.deepEqual(labels, ['ai/tinycode', 'ai/toy']);
    const tags = await view.getChildren(repositories[1]);
    const tagLabels = await Promise.all(tags.map(async (node) => (await view.getTreeItem(node)).label));
    assert.deepEqual(tagLabels.sort(), ['chat', 'code', 'edits', 'files', 'fim']);
    view.dispose();
  });

  it('tells what a tag is when the mouse rests on it, and only then', async () => {
    await useRegistries([REGISTRY]);
    const view = registriesView();
    const [registry] = await view.getChildren();
    const [tinycode] = await view.getChildren(registry);
    const [tag] = await view.getChildren(tinycode);
    assert.ok(tag);
    const item = await view.getTreeItem(tag);
    assert.equal(item.tooltip, undefined);
    const { tooltip } = await view.resolveTreeItem(item, tag, new vscode.CancellationTokenSource().token);
    for (const says of [/Quantization: Q8/, /Layers: 5/, /Memory: runs on the CPU: about \d/, /are free/])
      assert.match(String(tooltip), says);
    view.dispose();
  });

  it('opens “Inspect Model” with what a tag is', async () => {
    const found = await vscode.commands.executeCommand<Inspection>(
      'ociModels.model.inspect',
      `${REGISTRY}/ai/tinycode:latest`,
    );
    assert.equal(found.source, 'header');
    assert.equal(found.description?.parameters, 3_738_368);
    assert.equal(found.license, 'cc0-1.0');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
  });

  it('opens “Inspect Model” with what is known of a model of this machine, without its registry', async () => {
    const id = `${REGISTRY}/ai/toy:code`;
    await vscode.commands.executeCommand('ociModels.model.pull', id);
    let rows: readonly vscode.QuickPickItem[] = [];
    const look = (items: unknown): void => {
      rows = items as typeof rows;
    };
    await answering('showQuickPick', look, () =>
      vscode.commands.executeCommand('ociModels.model.inspect', { kind: 'model', model: { id } }),
    );
    const facts = new Map(rows.map(({ label, description }) => [label, description]));
    assert.equal(facts.get('Reference'), id);
    assert.match(facts.get('Memory') ?? '', /are free/);
    assert.match(facts.get('State') ?? '', /loaded/);
    assert.ok(!rows.some(({ label }) => label.includes('Pull OCI Model')));
  });

  it('shows a failure as a row with Retry, and asks again', async () => {
    await useRegistries(['127.0.0.1:1']);
    const view = registriesView();
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
