import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { cpuMs } from '../support/cpuTime.ts';
import { note } from './notes.ts';
import { extension, pickerModels } from './support.ts';

/** What loading the code may cost, milliseconds of processor time. */
const BUDGET_MS = 100;

describe('activation', () => {
  it('is cheap and does not load node-llama-cpp', async () => {
    const { exports, extensionPath } = await extension();
    const file = join(extensionPath, 'dist', 'extension.cjs');
    const require = createRequire(file);
    // Loading the bundle once more, from an empty cache, is what VS Code did before it called activate().
    let [loadMs, usedMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The least of some, because what else runs on the machine costs time of the processor too.
    for (let load = 0; load < 3; load++) {
      delete require.cache[file];
      const started = performance.now();
      const before = cpuMs();
      require(file);
      loadMs = Math.min(loadMs, performance.now() - started);
      usedMs = Math.min(usedMs, cpuMs() - before);
    }
    note(
      `loading ${loadMs.toFixed(1)} ms (${usedMs.toFixed(1)} ms of the processor), ` +
        `activate() ${exports.activationMs.toFixed(1)} ms`,
    );
    assert.ok(usedMs < BUDGET_MS, `${usedMs} ms`);
    const modules = Object.keys(require.cache).filter((name) => name.includes('node-llama-cpp'));
    assert.deepEqual(modules, []);
    const report = process.report.getReport() as unknown as { sharedObjects: string[] };
    assert.deepEqual(
      report.sharedObjects.filter((name) => /llama|ggml/.test(name)),
      [],
    );
  });

  it('registers every command of its manifest', async () => {
    const { packageJSON } = await extension();
    const registered = await vscode.commands.getCommands(true);
    const contributed = (packageJSON.contributes.commands as { command: string }[]).map(
      ({ command }) => command,
    );
    assert.ok(contributed.length > 10);
    assert.deepEqual(
      contributed.filter((command) => !registered.includes(command)),
      [],
    );
  });

  it('offers a placeholder in the model picker while no model is local', async () => {
    assert.deepEqual(await pickerModels(), ['placeholder']);
  });

  it('takes no key that VS Code uses, but in what is shown by us', async () => {
    const { packageJSON } = await extension();
    const ours = packageJSON.contributes.keybindings as { key: string; when?: string }[];
    // Our own context keys, comments and documents.
    const everywhere = ours.filter(({ when = '' }) => !/ociModels\.|oci-models-/.test(when));
    assert.ok(everywhere.length > 0);
    await vscode.commands.executeCommand('workbench.action.openDefaultKeybindingsFile');
    const text = vscode.window.activeTextEditor?.document.getText() ?? '';
    const taken = [...text.matchAll(/"key": "([^"]+)",[^}]*?"command": "([^"]+)"/g)];
    assert.ok(taken.length > 500, `${taken.length} default keybindings`);
    for (const { key } of everywhere) {
      const others = taken.filter(
        ([, theirs, command]) => theirs === key && !command?.startsWith('ociModels.'),
      );
      assert.deepEqual(
        others.map(([, , command]) => command),
        [],
        key,
      );
      // A chord must not begin with a key that does something alone.
      const first = key.split(' ')[0];
      if (first !== key && first !== 'ctrl+k') assert.ok(!taken.some(([, theirs]) => theirs === first), key);
    }
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });
});
