import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, REGISTRY, until, withoutAutoSave } from './support.ts';

const OLD = 'export function subtract(a: number, b: number): number {\n  return a + b;\n}\n';
const NEW = OLD.replace('a + b', 'a - b');

const run = (verb: string, argument?: unknown): Thenable<unknown> =>
  vscode.commands.executeCommand(`ociModels.fileEdits.${verb}`, argument);

function inFolder(name: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail(), name);
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

/** The tab of the preview. VS Code puts the number of files behind its title. */
function preview(): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .find(({ label }) => label.startsWith('Proposed edits of 2 files'));
}

async function pending(): Promise<readonly string[]> {
  return (await extension()).exports.pendingFiles();
}

describe('edits of files', () => {
  const math = inFolder('math.ts');
  const sum = inFolder('sum.ts');
  let saved = '';
  let document: vscode.TextDocument;

  withoutAutoSave();

  before(async () => {
    saved = await textOf(math);
    await vscode.commands.executeCommand('ociModels.model.pull', `${REGISTRY}/ai/toy:files`);
    await vscode.commands.executeCommand('ociModels.model.select', `${REGISTRY}/ai/toy:files`);
  });

  beforeEach(async () => {
    await vscode.workspace.fs.writeFile(math, Buffer.from(OLD));
    document = await vscode.workspace.openTextDocument(math);
    await until('the file', () => document.getText() === OLD);
    await vscode.window.showTextDocument(document);
  });

  afterEach(async () => {
    await run('discard');
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    if (await exists(sum)) await vscode.workspace.fs.delete(sum);
  });

  after(async () => {
    await vscode.commands.executeCommand('ociModels.model.pull', `${REGISTRY}/ai/toy:code`);
    await vscode.commands.executeCommand('ociModels.model.select', `${REGISTRY}/ai/toy:code`);
    await vscode.workspace.fs.writeFile(math, Buffer.from(saved));
  });

  async function propose(): Promise<void> {
    await run('start', { instruction: 'Fix the bug.', uris: [math] });
    assert.deepEqual(await pending(), ['math.ts', 'sum.ts']);
  }

  it('are shown together, and nothing is written before Accept', async () => {
    await propose();
    await until('the preview', () => preview() !== undefined);
    assert.equal(document.getText(), OLD);
    assert.equal(await exists(sum), false);
    await run('discard');
    assert.equal(preview(), undefined);
    assert.deepEqual(await pending(), []);
    await run('accept');
    assert.equal(document.getText(), OLD);
    assert.equal(await exists(sum), false);
  });

  it('are all made with Accept', async () => {
    await propose();
    await run('accept');
    assert.equal(document.getText(), NEW);
    assert.equal(await textOf(sum), 'export const sum = 1;\n');
    assert.equal(await textOf(math), OLD, 'saving is left to the user');
    assert.equal(preview(), undefined);
  });

  it('are refused as a whole if a file was changed meanwhile', async () => {
    await propose();
    const edit = new vscode.WorkspaceEdit();
    edit.insert(math, new vscode.Position(0, 0), '// typed\n');
    await vscode.workspace.applyEdit(edit);
    await run('accept');
    assert.equal(document.getText(), `// typed\n${OLD}`);
    assert.equal(await exists(sum), false);
  });

  it('never replace a file that came into being meanwhile', async () => {
    await propose();
    await vscode.workspace.fs.writeFile(sum, Buffer.from('mine'));
    await run('accept');
    assert.equal(await textOf(sum), 'mine');
    assert.equal(document.getText(), OLD);
  });

  it('end when their preview is closed', async () => {
    await propose();
    await until('the preview', () => preview() !== undefined);
    await vscode.window.tabGroups.close(preview() ?? assert.fail());
    await until('the end', async () => (await pending()).length === 0);
  });
});
