import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CODE_LINE } from '../support/toyReplies.ts';
import { REGISTRY, until } from './support.ts';

const FILE = 'export function subtract(a: number, b: number): number {\n  return a + b;\n}\n';
const EDITED = FILE.replace('  return a + b;', CODE_LINE);

async function openFile(eol = vscode.EndOfLine.LF): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument({ language: 'typescript', content: FILE });
  const editor = await vscode.window.showTextDocument(document);
  await editor.edit((builder) => builder.setEndOfLine(eol));
  editor.selection = new vscode.Selection(1, 0, 1, 0);
  return editor;
}

async function closeEditor(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
}

/** Both versions of the line, while the edit is pending. */
const PENDING = FILE.replace('a + b;\n', `a + b;\n${CODE_LINE}\n`);

const begin = (): Thenable<unknown> =>
  vscode.commands.executeCommand('ociModels.inlineChat.start', { instruction: 'Fix the bug.' });

/** Runs inline chat on the cursor's line until the edit is pending. */
async function start(): Promise<void> {
  await begin();
  const text = vscode.window.activeTextEditor?.document.getText() ?? '';
  assert.equal(text.replaceAll('\r\n', '\n'), PENDING);
}

async function lensTitles(uri: vscode.Uri): Promise<string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    uri,
    10,
  );
  return lenses.map((lens) => lens.command?.title ?? '');
}

describe('inline chat', () => {
  before(async () => {
    await vscode.commands.executeCommand('ociModels.model.pull', `${REGISTRY}/ai/toy:code`);
    await vscode.commands.executeCommand('ociModels.model.load', `${REGISTRY}/ai/toy:code`);
  });

  it('shows old and new lines with Accept and Discard; Accept keeps the new ones', async () => {
    const { document } = await openFile();
    await start();
    const titles = await lensTitles(document.uri);
    assert.ok(
      titles.some((title) => title.includes('Accept')),
      titles.join(),
    );
    assert.ok(
      titles.some((title) => title.includes('Discard')),
      titles.join(),
    );
    await vscode.commands.executeCommand('ociModels.inlineChat.accept');
    assert.equal(document.getText(), EDITED);
    await closeEditor();
  });

  it('is one step of the undo history after Accept', async () => {
    const { document } = await openFile();
    await start();
    await vscode.commands.executeCommand('ociModels.inlineChat.accept');
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), FILE);
    await closeEditor();
  });

  it('restores the file with Discard', async () => {
    const { document } = await openFile();
    await start();
    await vscode.commands.executeCommand('ociModels.inlineChat.discard');
    assert.equal(document.getText(), FILE);
    await closeEditor();
  });

  it('is undone while it is pending, and ends', async () => {
    const { document } = await openFile();
    await start();
    await vscode.commands.executeCommand('undo');
    await until('the old text', () => document.getText() === FILE);
    await vscode.commands.executeCommand('ociModels.inlineChat.accept');
    assert.equal(document.getText(), FILE);
    await closeEditor();
  });

  it('follows its lines when something above them changes', async () => {
    const editor = await openFile();
    await start();
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), '// one\n// two\n'));
    await vscode.commands.executeCommand('ociModels.inlineChat.accept');
    assert.equal(editor.document.getText(), `// one\n// two\n${EDITED}`);
    await closeEditor();
  });

  it('is one step of the undo history even where auto save closed the step in between', async () => {
    const uri = vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/'),
      'subtract.ts',
    );
    await vscode.workspace.fs.writeFile(uri, Buffer.from(FILE));
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document);
    for (const finish of ['accept', 'discard']) {
      editor.selection = new vscode.Selection(1, 0, 1, 0);
      await start();
      assert.ok(await document.save());
      await vscode.commands.executeCommand(`ociModels.inlineChat.${finish}`);
      assert.equal(document.getText(), finish === 'accept' ? EDITED : FILE);
      if (finish === 'accept') await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), FILE);
    }
    await document.save();
    await closeEditor();
  });

  it('leaves the text to the user who changes the pending lines', async () => {
    const editor = await openFile();
    await start();
    await editor.edit((builder) => builder.insert(new vscode.Position(1, 2), 'await '));
    const text = editor.document.getText();
    await vscode.commands.executeCommand('ociModels.inlineChat.discard');
    assert.equal(editor.document.getText(), text);
    await closeEditor();
  });

  it('gives up on a document that cannot be changed', async () => {
    const provider = { provideTextDocumentContent: () => FILE };
    const registration = vscode.workspace.registerTextDocumentContentProvider('oci-models-test', provider);
    const uri = vscode.Uri.parse('oci-models-test:/subtract.ts');
    const editor = await vscode.window.showTextDocument(uri);
    editor.selection = new vscode.Selection(1, 0, 1, 0);
    await begin();
    assert.equal(editor.document.getText(), FILE);
    assert.deepEqual(await lensTitles(uri), []);
    await closeEditor();
    registration.dispose();
  });

  it('keeps CRLF line ends', async () => {
    const { document } = await openFile(vscode.EndOfLine.CRLF);
    await start();
    await vscode.commands.executeCommand('ociModels.inlineChat.accept');
    assert.equal(document.getText(), EDITED.replaceAll('\n', '\r\n'));
    await closeEditor();
  });

  it('waits for its editor to be visible again', async () => {
    const { document } = await openFile();
    const running = begin();
    const other = await vscode.workspace.openTextDocument({ content: 'another file' });
    await vscode.window.showTextDocument(other, { viewColumn: vscode.ViewColumn.One });
    await running;
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
    await until('the edit', () => document.getText().includes(CODE_LINE));
    await vscode.commands.executeCommand('ociModels.inlineChat.accept');
    assert.equal(document.getText(), EDITED);
    await closeEditor();
    await closeEditor();
  });
});
