/** Next edits in a real editor, from weights that are recognized by their header to the text, through llama.cpp. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { EDITED_FILE, NEXT_EDIT } from '../support/toyReplies.ts';
import { REGISTRY, until, withoutAutoSave } from './support.ts';

const MODEL = (): string => `${REGISTRY}/ai/toy:edits`;
const RENAMED = EDITED_FILE.replace('total', 'sum');

const run = (command: string, argument?: unknown): Thenable<unknown> =>
  vscode.commands.executeCommand(command, argument);

/** Opens the file and renames its variable. */
async function edited(eol: '\n' | '\r\n' = '\n'): Promise<vscode.TextEditor> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const uri = vscode.Uri.joinPath(folder.uri, eol === '\n' ? 'renamed.ts' : 'renamedCrLf.ts');
  await vscode.workspace.fs.writeFile(uri, Buffer.from(EDITED_FILE.replaceAll('\n', eol)));
  const editor = await vscode.window.showTextDocument(uri);
  const name = new vscode.Range(0, 4, 0, 9);
  await editor.edit((change) => change.replace(name, 'sum'));
  editor.selection = new vscode.Selection(0, 7, 0, 7);
  return editor;
}

/** Goes to the next edit as soon as it is there. */
async function gone({ selection: { active } }: vscode.TextEditor): Promise<void> {
  await until('a next edit', async () => {
    await run('ociModels.nextEdit.accept');
    return vscode.window.activeTextEditor?.selection.active.line !== active.line;
  });
}

/** Takes the ghost text as soon as it is there. */
async function taken({ document }: vscode.TextEditor, expected: string): Promise<void> {
  await until('the edit', async () => {
    if (document.getText() === expected) return true;
    if (document.getText().replaceAll('\r', '') === RENAMED) await run('editor.action.inlineSuggest.commit');
    return false;
  });
}

describe('next edits', () => {
  withoutAutoSave();
  const setting = (value: boolean | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('ociModels')
      .update('nextEdits.enable', value, vscode.ConfigurationTarget.Global);

  before(async () => {
    await run('ociModels.model.pull', MODEL());
    await run('ociModels.completion.choose', MODEL());
  });
  afterEach(() => run('workbench.action.revertAndCloseActiveEditor'));
  after(async () => {
    await setting(undefined);
    await run('ociModels.completion.turnOff');
    await run('ociModels.model.unload', MODEL());
  });

  it('are off until the user turns them on', async () => {
    const { document, selection } = await edited();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await run('ociModels.nextEdit.accept');
    assert.equal(document.getText(), RENAMED);
    assert.equal(vscode.window.activeTextEditor?.selection.active.line, selection.active.line);
    await setting(true);
  });

  for (const eol of ['\n', '\r\n'] as const)
    it(`are led to, taken and undone in one step, with ${JSON.stringify(eol)}`, async () => {
      const editor = await edited(eol);
      await gone(editor);
      assert.equal(editor.document.getText(), RENAMED.replaceAll('\n', eol));
      await taken(editor, NEXT_EDIT.replaceAll('\n', eol));
      await run('undo');
      assert.equal(editor.document.getText(), RENAMED.replaceAll('\n', eol));
      await run('redo');
      assert.equal(editor.document.getText(), NEXT_EDIT.replaceAll('\n', eol));
    });
});
