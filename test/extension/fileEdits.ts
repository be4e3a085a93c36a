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

function tab(title: string): vscode.Tab | undefined {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .find(({ label }) => label.startsWith(title));
}

/** The tab of the preview. VS Code puts the number of files behind its title. */
function preview(): vscode.Tab | undefined {
  return tab('Proposed edits of 2 files');
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

  it('are made file by file, and what is left stays proposed', async () => {
    await propose();
    await vscode.window.showTextDocument(document);
    await run('acceptFile');
    assert.equal(document.getText(), NEW);
    assert.deepEqual(await pending(), ['sum.ts']);
    await until('the preview of the other file', () => tab('sum.ts (proposed edit)') !== undefined);
    assert.equal(preview(), undefined);
    assert.equal(await exists(sum), false);
    await run('rejectFile');
    assert.deepEqual(await pending(), []);
    assert.equal(tab('sum.ts (proposed edit)'), undefined);
    assert.equal(await exists(sum), false);
  });

  it('are left out block by block, and the others are made', async () => {
    await propose();
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(1, 0, 1, 0);
    await run('rejectBlock');
    assert.deepEqual(await pending(), ['sum.ts']);
    await run('acceptBlock');
    assert.equal(await textOf(sum), 'export const sum = 1;\n');
    assert.equal(document.getText(), OLD);
    assert.deepEqual(await pending(), []);
  });

  it('are refused after typing, and not any more once that is undone', async () => {
    await propose();
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(math, new vscode.Position(0, 0), '// typed\n');
    await vscode.workspace.applyEdit(edit);
    await run('acceptFile');
    assert.equal(document.getText(), `// typed\n${OLD}`);
    await vscode.commands.executeCommand('undo');
    await until('the old text', () => document.getText() === OLD);
    await run('acceptFile');
    assert.equal(document.getText(), NEW);
    // The preview of what is left has the keyboard.
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    await until('one step back', () => document.getText() === OLD);
  });

  it('end when their preview is closed', async () => {
    await propose();
    await until('the preview', () => preview() !== undefined);
    await vscode.window.tabGroups.close(preview() ?? assert.fail());
    await until('the end', async () => (await pending()).length === 0);
  });
});
