/** Code completions in a real editor: off until they are chosen, and then exactly what the model says. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { FILLED } from '../support/toyReplies.ts';
import { openUntitled, REGISTRY, until } from './support.ts';

const MODEL = (): string => `${REGISTRY}/ai/toy:fim`;
const FILE = 'function add(a: number, b: number): number {\n  \n}\n';
const COMPLETED = FILE.replace('  \n', `  ${FILLED}\n`);

const run = (command: string, argument?: unknown): Thenable<unknown> =>
  vscode.commands.executeCommand(command, argument);

async function openFile(language = 'typescript'): Promise<vscode.TextEditor> {
  const document = await openUntitled(language, FILE);
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(1, 2, 1, 2);
  return editor;
}

async function closeEditor(): Promise<void> {
  await run('workbench.action.revertAndCloseActiveEditor');
}

/** Asks for a completion, and takes it if there is one. @returns the text of the document. */
async function complete({ document }: vscode.TextEditor): Promise<string> {
  await run('editor.action.inlineSuggest.trigger');
  await run('editor.action.inlineSuggest.commit');
  return document.getText();
}

/** Takes the completion as soon as it is there. @param accept the command that takes it. */
async function accepted({ document }: vscode.TextEditor, accept: string): Promise<string> {
  const before = document.getText();
  await until('a completion', async () => {
    await run(accept);
    return document.getText() !== before;
  });
  return document.getText();
}

/** Writes a file into the workspace and opens it with the cursor in the hole. */
async function openNamed(name: string): Promise<vscode.TextEditor> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(FILE));
  const editor = await vscode.window.showTextDocument(uri);
  editor.selection = new vscode.Selection(1, 2, 1, 2);
  return editor;
}

describe('code completions', () => {
  before(async () => {
    await run('ociModels.model.pull', MODEL());
    await run('ociModels.model.load', MODEL());
  });
  afterEach(closeEditor);
  after(async () => {
    await run('ociModels.completion.turnOff');
    await run('ociModels.model.unload', MODEL());
  });

  it('are off until a model was chosen for them, even if one is loaded', async () => {
    assert.equal(await complete(await openFile()), FILE);
  });

  it('refuse a model that was not made for them, and choose nothing', async () => {
    await run('ociModels.completion.choose', `${REGISTRY}/ai/toy:chat`);
    assert.equal(await complete(await openFile()), FILE);
  });

  it('fill the hole once a model was chosen', async () => {
    await run('ociModels.completion.choose', MODEL());
    assert.equal(await complete(await openFile()), COMPLETED);
  });

  it('load the model at the first request', async () => {
    await run('ociModels.model.unload', MODEL());
    assert.equal(await complete(await openFile()), COMPLETED);
  });

  it('come by themselves while the user types', async () => {
    const editor = await openFile();
    // Digits open no list of suggestions.
    for (const text of '42') await run('type', { text });
    assert.equal(
      await accepted(editor, 'editor.action.inlineSuggest.commit'),
      FILE.replace('  \n', `  42${FILLED}\n`),
    );
  });

  it('are kept along with what is typed of them', async () => {
    const editor = await openFile();
    await run('editor.action.inlineSuggest.trigger');
    for (const text of FILLED.slice(0, 4)) await run('type', { text });
    assert.equal(await accepted(editor, 'editor.action.inlineSuggest.commit'), COMPLETED);
  });

  it('can be taken line by line', async () => {
    const editor = await openFile();
    await run('editor.action.inlineSuggest.trigger');
    assert.equal(await accepted(editor, 'editor.action.inlineSuggest.acceptNextLine'), COMPLETED);
  });

  it('pause for a while, unless they are asked for', async () => {
    await run('ociModels.completion.snooze', 5);
    const editor = await openFile();
    await run('type', { text: '7' });
    await run('editor.action.inlineSuggest.commit');
    assert.equal(editor.document.getText(), FILE.replace('  \n', '  7\n'));
    assert.equal(await complete(editor), FILE.replace('  \n', `  7${FILLED}\n`));
    await run('ociModels.completion.resume');
    await run('type', { text: '4' });
    const whole = FILE.replace('  \n', `  7${FILLED}4${FILLED}\n`);
    assert.equal(await accepted(editor, 'editor.action.inlineSuggest.commit'), whole);
  });

  it('can be taken word by word', async () => {
    const editor = await openFile();
    await run('editor.action.inlineSuggest.trigger');
    assert.equal(
      await accepted(editor, 'editor.action.inlineSuggest.acceptNextWord'),
      FILE.replace('  \n', '  return\n'),
    );
  });

  it('go away with Escape', async () => {
    const editor = await openFile();
    await run('editor.action.inlineSuggest.trigger');
    await run('editor.action.inlineSuggest.hide');
    await run('editor.action.inlineSuggest.commit');
    assert.equal(editor.document.getText(), FILE);
  });

  it('keep CRLF line ends', async () => {
    const editor = await openFile();
    await editor.edit((builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    assert.equal(await complete(editor), COMPLETED.replaceAll('\n', '\r\n'));
  });

  it('stay away from files that look like secrets', async () => {
    assert.equal(await complete(await openNamed('.env.local')), FILE);
    await closeEditor();
    assert.equal(await complete(await openNamed('completed.ts')), COMPLETED);
  });

  it('stay away from a selection', async () => {
    const editor = await openFile();
    editor.selection = new vscode.Selection(0, 0, 1, 2);
    assert.equal(await complete(editor), FILE);
  });

  it('stay away from a language that is turned off, unless they are asked for', async () => {
    const editor = await openFile('markdown');
    await run('type', { text: '7' });
    await run('editor.action.inlineSuggest.commit');
    assert.equal(editor.document.getText(), FILE.replace('  \n', '  7\n'));
    assert.equal(await complete(editor), FILE.replace('  \n', `  7${FILLED}\n`));
  });

  it('come in the prose of a comment if the user wants that for a language', async () => {
    const typed = FILE.replace('  \n', '  // 42\n');
    const inComments = (value: boolean | undefined): Thenable<void> =>
      vscode.workspace
        .getConfiguration('ociModels', { languageId: 'typescript' })
        .update('completions.inComments', value, vscode.ConfigurationTarget.Global, true);
    const editor = await openFile();
    for (const text of '// 42') await run('type', { text });
    await run('editor.action.inlineSuggest.commit');
    assert.equal(editor.document.getText(), typed);
    await inComments(true);
    await run('type', { text: '4' });
    const accept = 'editor.action.inlineSuggest.commit';
    assert.equal(await accepted(editor, accept), typed.replace('42', `424${FILLED}`));
    await inComments(undefined);
  });

  it('are turned off and on again', async () => {
    await run('ociModels.completion.turnOff');
    assert.equal(await complete(await openFile()), FILE);
    await closeEditor();
    await run('ociModels.completion.turnOn');
    assert.equal(await complete(await openFile()), COMPLETED);
  });
});
