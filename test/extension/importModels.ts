import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { writeOllamaModel } from '../support/otherTools.ts';
import { gguf, LLAMA } from '../unit/gguf/writer.ts';
import { answering, pickerModels, until } from './support.ts';

const ID = 'registry.ollama.ai/library/imported-toy:latest';

interface Row {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly kind?: vscode.QuickPickItemKind;
}

describe('Import Models from Other Tools…', () => {
  let folder: string;
  let toy: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-import-'));
    toy = join(folder, 'toy.gguf');
    await writeFile(toy, gguf({ pairs: LLAMA, tensors: [{ name: 'weights', sizes: [1000] }] }));
    await writeOllamaModel(join(folder, 'ollama'), 'registry.ollama.ai/library/imported-toy/latest', toy);
    process.env['OLLAMA_MODELS'] = join(folder, 'ollama');
  });
  after(async () => {
    delete process.env['OLLAMA_MODELS'];
    await rm(folder, { recursive: true, force: true });
  });

  const importModels = (): Thenable<unknown> => vscode.commands.executeCommand('ociModels.model.import');

  it('lists what Ollama has, with sizes and what it costs, and imports what is chosen', async () => {
    let rows: readonly Row[] = [];
    const pick = (items: unknown): unknown => {
      rows = items as readonly Row[];
      return rows.filter(({ label }) => label === 'imported-toy:latest');
    };
    await answering('showQuickPick', pick, importModels);
    assert.deepEqual(rows[0], { label: 'Ollama', kind: vscode.QuickPickItemKind.Separator });
    const row = rows.find(({ label }) => label === 'imported-toy:latest');
    assert.match(row?.description ?? '', /^4\.\d kB · F16$/);
    assert.match(row?.detail ?? '', new RegExp(`^(shares disk space with Ollama|will be copied) · ${ID}$`));
    await until('the model in the picker', async () => (await pickerModels()).includes(ID));
  });

  it('says that everything is here already', async () => {
    const told: unknown[] = [];
    const none = (): undefined => assert.fail('nothing is to be chosen');
    await answering(
      'showInformationMessage',
      (text) => void told.push(text),
      () => answering('showQuickPick', none, importModels),
    );
    assert.match(String(told[0]), /already here/);
  });

  it('copies the path, also where somebody removed the file', async () => {
    const copyPath = (): Thenable<string | undefined> =>
      vscode.commands.executeCommand('ociModels.model.copyPath', ID);
    const path = (await copyPath()) ?? '';
    assert.match(path, /model\.gguf$/);
    assert.equal(await vscode.env.clipboard.readText(), path);
    await rm(path);
    assert.equal(await copyPath(), path);
    assert.deepEqual(await readFile(path), await readFile(toy));
  });

  it('saves a copy that may be changed', async () => {
    const to = join(folder, 'copy of the toy.gguf');
    await answering(
      'showSaveDialog',
      () => vscode.Uri.file(to),
      () => vscode.commands.executeCommand('ociModels.model.saveCopy', ID),
    );
    assert.deepEqual(await readFile(to), await readFile(toy));
    assert.equal((await stat(to)).mode & 0o200, 0o200);
    await writeFile(to, 'changed');
    const path = await vscode.commands.executeCommand<string>('ociModels.model.copyPath', ID);
    assert.deepEqual(await readFile(path), await readFile(toy));
  });

  it('offers the path where there is no file manager', async () => {
    const told: unknown[][] = [];
    await answering(
      'showInformationMessage',
      (...asked) => void told.push(asked),
      () => vscode.commands.executeCommand('ociModels.model.reveal', ID),
    );
    // A desktop opens its file manager and says nothing.
    if (vscode.env.uiKind === vscode.UIKind.Desktop) return;
    assert.match(String(told[0]?.[0]), /cannot open a file manager\. The file is .*model\.gguf/);
  });
});
