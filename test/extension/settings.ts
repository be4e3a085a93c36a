/** What a workspace may decide: a folder that somebody opens must not choose servers, folders or certificates. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension } from './support.ts';

/** Settings that a workspace may set once it is trusted; they choose no server, no folder and no program. */
const OPEN_TO_WORKSPACES = [
  'ociModels.chat.maxAnswerTokens',
  'ociModels.completions.enable',
  'ociModels.engine.contextSize',
  'ociModels.registries',
];

interface Property {
  readonly scope: string;
  readonly type: string;
  readonly maximum?: number;
}

async function properties(): Promise<[string, Property][]> {
  const { packageJSON } = await extension();
  return Object.entries(packageJSON.contributes.configuration.properties as Record<string, Property>);
}

const HOSTILE: Readonly<Record<string, unknown>> = {
  array: ['evil.example'],
  object: { 'docker.io': ['evil.example'] },
  string: '/evil',
  integer: 2 ** 40,
  number: 2 ** 40,
};

describe('the settings of a workspace', () => {
  it('reach what is harmless, and nothing else', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const all = await properties();
    const values = all.map(([key, { type }]) => [key, HOSTILE[type]] as const);
    const file = vscode.Uri.joinPath(folder.uri, '.vscode', 'settings.json');
    const changed = new Promise<void>((resolve) => {
      const listener = vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('ociModels.registries')) return;
        listener.dispose();
        resolve();
      });
    });
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(Object.fromEntries(values))));
    try {
      await changed;
      const reached = all.flatMap(([key]) => {
        const found = vscode.workspace.getConfiguration().inspect(key);
        return found?.workspaceValue === undefined && found?.workspaceFolderValue === undefined ? [] : [key];
      });
      assert.deepEqual(reached.sort(), OPEN_TO_WORKSPACES);
    } finally {
      const restored = new Promise<void>((resolve) => {
        const listener = vscode.workspace.onDidChangeConfiguration(() => {
          listener.dispose();
          resolve();
        });
      });
      await vscode.workspace.fs.delete(file);
      await restored;
    }
  });

  it('wait for the workspace to be trusted', async () => {
    const { packageJSON } = await extension();
    const { restrictedConfigurations } = packageJSON.capabilities.untrustedWorkspaces;
    for (const key of OPEN_TO_WORKSPACES) assert.ok(restrictedConfigurations.includes(key), key);
  });

  it('have bounds wherever they are numbers', async () => {
    for (const [key, { type, maximum }] of await properties())
      if (type === 'integer') assert.ok(maximum !== undefined, key);
  });
});
