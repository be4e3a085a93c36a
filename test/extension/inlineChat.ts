import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { PendingEdit } from '../../src/vscode/inline/proposal.ts';
import { CODE_LINE } from '../support/toyReplies.ts';
import { answering, extension, openUntitled, REGISTRY, until, withoutAutoSave } from './support.ts';

const FILE = 'export function subtract(a: number, b: number): number {\n  return a + b;\n}\n';
const EDITED = FILE.replace('  return a + b;', CODE_LINE);

const run = (verb: string, argument?: unknown): Thenable<unknown> =>
  vscode.commands.executeCommand(`ociModels.inlineChat.${verb}`, argument);

async function openFile(eol = vscode.EndOfLine.LF): Promise<vscode.TextEditor> {
  const document = await openUntitled('typescript', FILE);
  const editor = await vscode.window.showTextDocument(document);
  await editor.edit((builder) => builder.setEndOfLine(eol));
  selectLine(editor);
  return editor;
}

function selectLine(editor: vscode.TextEditor): void {
  editor.selection = new vscode.Selection(1, 0, 1, 0);
}

/** A file on disk, saved, in an editor. */
async function openSaved(name: string): Promise<vscode.TextEditor> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/');
  const uri = vscode.Uri.joinPath(folder, name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(FILE));
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  selectLine(editor);
  return editor;
}

/** Lines of which an answer with {@link CODE_LINE} deletes two, in two blocks. */
const BLOCKS = ['function f(a, b) {', '  const c = a + b;', CODE_LINE, '  // unreachable', '}'];

/** Asks for an edit of two blocks. @param given the document. Defaults to a new one. */
async function startBlocks(
  given?: vscode.TextDocument,
): Promise<{ readonly id: string; readonly editor: vscode.TextEditor }> {
  const content = BLOCKS.join('\n');
  const document = given ?? (await openUntitled('typescript', content));
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(1, 0, 3, 2);
  const id = String(await run('start', { instruction: 'Shorten.' }));
  const [edit] = await pending(id);
  assert.equal(edit?.state, 'ready', String(edit?.message));
  assert.deepEqual(edit.lines, [CODE_LINE]);
  return { id, editor };
}

async function closeEditor(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
}

async function pending(id?: string): Promise<PendingEdit[]> {
  const all = (await extension()).exports.pendingEdits();
  return all.filter((one) => id === undefined || one.id === id);
}

/** Asks for an edit of the cursor's line. @returns its id, with the proposal complete and the document as it was. */
async function start(document: vscode.TextDocument): Promise<string> {
  const { version, isDirty } = document;
  const text = document.getText();
  const id = String(await run('start', { instruction: 'Fix the bug.' }));
  const [edit] = await pending(id);
  assert.equal(edit?.state, 'ready', String(edit?.message));
  assert.deepEqual(edit.lines, [CODE_LINE]);
  assert.deepEqual([document.getText(), document.version, document.isDirty], [text, version, isDirty]);
  return id;
}

describe('inline chat', () => {
  withoutAutoSave();

  before(async () => {
    await vscode.commands.executeCommand('ociModels.model.pull', `${REGISTRY}/ai/toy:code`);
    await vscode.commands.executeCommand('ociModels.model.load', `${REGISTRY}/ai/toy:code`);
  });

  afterEach(async () => {
    for (const { id } of await pending()) await run('discard', id);
  });

  it('changes nothing before Accept, and then exactly the lines', async () => {
    const { document } = await openFile();
    await start(document);
    await run('accept');
    assert.equal(document.getText(), EDITED);
    assert.deepEqual(await pending(), []);
    await closeEditor();
  });

  it('is one step of the undo history, apart from what was typed before', async () => {
    const { document } = await openFile();
    await vscode.commands.executeCommand('cursorMove', { to: 'wrappedLineEnd' });
    await vscode.commands.executeCommand('type', { text: ' ' });
    const typed = document.getText();
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    selectLine(editor);
    await start(document);
    await run('accept');
    assert.equal(document.getText(), EDITED);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), typed);
    await closeEditor();
  });

  it('offers to undo an edit that leads to an error', async () => {
    const { document } = await openFile();
    const errors = vscode.languages.createDiagnosticCollection('test');
    const asked: unknown[] = [];
    try {
      await start(document);
      await answering(
        'showWarningMessage',
        (...given) => {
          asked.push(...given);
          return 'Undo';
        },
        async () => {
          await run('accept');
          const error = new vscode.Diagnostic(new vscode.Range(1, 2, 1, 8), 'a is not a number');
          errors.set(document.uri, [error]);
          await until('the old text', () => document.getText() === FILE);
        },
      );
      assert.match(String(asked[0]), /leads to an error: a is not a number/);
      assert.deepEqual(asked.slice(1), ['Undo', 'Fix']);
    } finally {
      errors.dispose();
    }
    await closeEditor();
  });

  it('leaves everything as it was with Discard', async () => {
    const { document } = await openFile();
    const { version } = document;
    await start(document);
    await run('discard');
    assert.deepEqual([document.getText(), document.version], [FILE, version]);
    assert.deepEqual(await pending(), []);
    await run('accept');
    assert.equal(document.getText(), FILE);
    await closeEditor();
  });

  it('answers again with Retry, and another instruction with Follow-up', async () => {
    const { document } = await openFile();
    const id = await start(document);
    await run('retry', id);
    assert.equal((await pending(id))[0]?.state, 'ready');
    await run('followUp', { instruction: 'Now with a comment.' });
    assert.deepEqual((await pending(id))[0]?.lines, [CODE_LINE]);
    assert.equal(document.getText(), FILE);
    await run('accept', id);
    assert.equal(document.getText(), EDITED);
    await closeEditor();
  });

  it('follows its lines when something above and below them changes', async () => {
    const { document } = await openFile();
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    const id = await start(document);
    await editor.edit((builder) => {
      builder.insert(new vscode.Position(0, 0), '// one\n// two\n');
      builder.insert(new vscode.Position(3, 0), '// end\n');
    });
    assert.equal((await pending(id))[0]?.first, 3);
    await run('accept', id);
    assert.equal(document.getText(), `// one\n// two\n${EDITED}// end\n`);
    await closeEditor();
  });

  it('does not replace lines that were changed, until that is undone or it is asked again', async () => {
    const { document } = await openFile();
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    const id = await start(document);
    await editor.edit((builder) => builder.insert(new vscode.Position(1, 2), 'await '));
    assert.equal((await pending(id))[0]?.state, 'stale');
    const text = document.getText();
    await run('accept', id);
    assert.equal(document.getText(), text);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), FILE);
    assert.equal((await pending(id))[0]?.state, 'ready');
    await vscode.commands.executeCommand('redo');
    assert.equal((await pending(id))[0]?.state, 'stale');
    await run('retry', id);
    assert.equal((await pending(id))[0]?.state, 'ready');
    await run('accept', id);
    assert.equal(document.getText(), EDITED);
    await closeEditor();
  });

  it('reaches no disk before it is accepted and saved, with auto save on', async () => {
    const files = vscode.workspace.getConfiguration('files');
    const previous = files.inspect('autoSave')?.globalValue;
    await files.update('autoSaveDelay', 1, vscode.ConfigurationTarget.Global);
    await files.update('autoSave', 'afterDelay', vscode.ConfigurationTarget.Global);
    try {
      const editor = await openSaved('autoSaved.ts');
      const { document } = editor;
      const onDisk = (): Promise<string> => readFile(document.uri.fsPath, 'utf8');
      await start(document);
      // Another change is saved, and the proposal is not.
      await editor.edit((builder) => builder.insert(new vscode.Position(3, 0), '// typed\n'));
      await until('auto save', async () => (await onDisk()) === `${FILE}// typed\n`);
      await until('a clean document', () => !document.isDirty);
      await run('accept');
      assert.equal(document.getText(), `${EDITED}// typed\n`);
      await until('auto save', async () => (await onDisk()) === `${EDITED}// typed\n`);
      await until('a clean document', () => !document.isDirty);
      await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), `${FILE}// typed\n`);
    } finally {
      await files.update('autoSave', previous, vscode.ConfigurationTarget.Global);
      await files.update('autoSaveDelay', undefined, vscode.ConfigurationTarget.Global);
    }
    await closeEditor();
  });

  it('leaves saving to the user', async () => {
    const { document } = await openSaved('unsaved.ts');
    await start(document);
    await run('accept');
    assert.equal(document.getText(), EDITED);
    assert.equal(document.isDirty, true);
    assert.equal(await readFile(document.uri.fsPath, 'utf8'), FILE);
    await closeEditor();
  });

  it('keeps several proposals in several files, each with its own end', async () => {
    const one = (await openSaved('one.ts')).document;
    const first = await start(one);
    const editor = await vscode.window.showTextDocument(one);
    await editor.edit((builder) => builder.insert(new vscode.Position(3, 0), FILE));
    editor.selection = new vscode.Selection(4, 0, 4, 0);
    const second = await start(one);
    const other = (await openSaved('other.ts')).document;
    const third = await start(other);
    assert.deepEqual(
      (await pending()).map(({ id }) => id),
      [first, second, third],
    );
    await run('accept', second);
    assert.equal(one.getText(), FILE + EDITED);
    assert.equal(other.getText(), FILE);
    await run('accept', first);
    assert.equal(one.getText(), EDITED + EDITED);
    await run('discard', third);
    assert.equal(other.getText(), FILE);
    await closeEditor();
    await vscode.window.showTextDocument(one);
    await closeEditor();
  });

  it('accepts and rejects single blocks, and follows undo', async () => {
    const { id, editor } = await startBlocks();
    const { document } = editor;
    const without = (...lines: readonly string[]): string =>
      BLOCKS.filter((line) => !lines.includes(line)).join('\n');
    const firstBlock = new vscode.Selection(1, 0, 1, 0);
    editor.selection = firstBlock;
    await run('acceptBlock', id);
    assert.equal(document.getText(), without('  const c = a + b;'));
    assert.deepEqual((await pending(id))[0]?.lines, [CODE_LINE]);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), BLOCKS.join('\n'));
    assert.equal((await pending(id))[0]?.state, 'ready');
    editor.selection = firstBlock;
    await run('rejectBlock', id);
    assert.deepEqual((await pending(id))[0]?.lines, ['  const c = a + b;', CODE_LINE]);
    assert.equal(document.getText(), BLOCKS.join('\n'));
    await run('acceptBlock', id);
    assert.equal(document.getText(), without('  // unreachable'));
    assert.deepEqual(await pending(), [], 'nothing is left of the proposal');
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), BLOCKS.join('\n'));
    await closeEditor();
  });

  it('takes the block at the cursor of the diff editor, and else asks which', async () => {
    const { id, editor } = await startBlocks();
    const { document } = editor;
    await run('openDiff', id);
    await until(
      'the diff',
      () => vscode.window.activeTextEditor?.document.uri.scheme === 'oci-models-proposal',
    );
    const proposed = vscode.window.activeTextEditor ?? assert.fail();
    // The second block deletes the lines behind this one.
    proposed.selection = new vscode.Selection(2, 0, 2, 0);
    await run('rejectBlock');
    assert.deepEqual((await pending(id))[0]?.lines, [CODE_LINE, '  // unreachable']);
    await run('discard', id);
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    const again = (await startBlocks(document)).id;
    const other = vscode.window.activeTextEditor ?? assert.fail();
    other.selection = new vscode.Selection(0, 0, 0, 0);
    const pick = (rows: unknown): unknown => (rows as unknown[])[1];
    await answering('showQuickPick', pick, () => run('acceptBlock', again));
    assert.equal(document.getText(), BLOCKS.filter((line) => !/unreachable/.test(line)).join('\n'));
    await answering(
      'showQuickPick',
      () => [],
      () => run('chooseBlocks', again),
    );
    assert.deepEqual(await pending(), [], 'an edit without blocks ends');
    await closeEditor();
  });

  it('takes no block from a list of an edit that changed meanwhile', async () => {
    const { id, editor } = await startBlocks();
    const { document } = editor;
    const other = vscode.window.activeTextEditor ?? assert.fail();
    other.selection = new vscode.Selection(0, 0, 0, 0);
    const pickLate = async (rows: unknown): Promise<unknown> => {
      other.selection = new vscode.Selection(1, 0, 1, 0);
      await run('rejectBlock', id);
      return (rows as unknown[])[1];
    };
    await answering('showQuickPick', pickLate, () => run('acceptBlock', id));
    assert.equal(document.getText(), BLOCKS.join('\n'));
    assert.deepEqual((await pending(id))[0]?.lines, BLOCKS.slice(1, 3));
    await run('discard', id);
    await closeEditor();
  });

  it('asks no model about a document that cannot be changed', async () => {
    const provider = { provideTextDocumentContent: () => FILE };
    const registration = vscode.workspace.registerTextDocumentContentProvider('oci-models-test', provider);
    const uri = vscode.Uri.parse('oci-models-test:/subtract.ts');
    const editor = await vscode.window.showTextDocument(uri);
    selectLine(editor);
    assert.equal(await run('start', { instruction: 'Fix the bug.' }), undefined);
    assert.deepEqual(await pending(), []);
    await closeEditor();
    registration.dispose();
  });

  it('ends with its document', async () => {
    const { document } = await openSaved('closed.ts');
    await start(document);
    await closeEditor();
    await until('the end', async () => (await pending()).length === 0);
    assert.equal(await readFile(document.uri.fsPath, 'utf8'), FILE);
  });

  it('outlives a change of the language', async () => {
    const { document } = await openFile();
    const id = await start(document);
    await vscode.languages.setTextDocumentLanguage(document, 'javascript');
    await run('accept', id);
    assert.equal(document.getText(), EDITED);
    await closeEditor();
  });

  it('keeps CRLF line ends, also those that the file gets meanwhile', async () => {
    const crlf = EDITED.replaceAll('\n', '\r\n');
    const { document } = await openFile(vscode.EndOfLine.CRLF);
    await start(document);
    await run('accept');
    assert.equal(document.getText(), crlf);
    await closeEditor();
    const editor = await openFile();
    const id = await start(editor.document);
    await editor.edit((builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
    await run('accept', id);
    assert.equal(editor.document.getText(), crlf);
    await closeEditor();
  });

  it('goes on in a file that is not shown any more', async () => {
    const { document } = await openFile();
    const running = run('start', { instruction: 'Fix the bug.' });
    // The command takes the active editor when it comes to run.
    await until('the edit', async () => (await pending()).length > 0);
    const other = await openUntitled('plaintext', 'another file');
    await vscode.window.showTextDocument(other, { viewColumn: vscode.ViewColumn.One });
    const id = String(await running);
    const [edit] = await pending(id);
    assert.equal(edit?.state, 'ready', `${edit?.message} ${edit?.uri}`);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
    await run('accept');
    assert.equal(document.getText(), EDITED);
    await closeEditor();
    await closeEditor();
  });

  it('is shown in the diff editor, which Accept closes', async () => {
    const { document } = await openFile();
    const id = await start(document);
    await run('openDiff', id);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputTextDiff);
    const proposed = await vscode.workspace.openTextDocument(input.modified);
    assert.equal(proposed.getText(), EDITED);
    assert.equal(document.getText(), FILE);
    await run('accept', input.modified);
    assert.equal(document.getText(), EDITED);
    await until('the file', () => vscode.window.activeTextEditor?.document === document);
    assert.ok(
      !vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .some(({ input: other }) => other instanceof vscode.TabInputTextDiff),
    );
    await closeEditor();
  });

  it('is shown in the diff editor if comments are hidden', async () => {
    const comments = vscode.workspace.getConfiguration('comments');
    await comments.update('visible', false, vscode.ConfigurationTarget.Global);
    try {
      const { document } = await openFile();
      await start(document);
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputTextDiff);
      await run('discard');
      assert.equal(document.getText(), FILE);
      await closeEditor();
    } finally {
      await comments.update('visible', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('says at the lines why an answer was refused', async () => {
    const model = (verb: string, tag: string): Thenable<unknown> =>
      vscode.commands.executeCommand(`ociModels.model.${verb}`, `${REGISTRY}/ai/toy:${tag}`);
    await model('pull', 'chat');
    // Of several models that nobody chose, the one that is loaded answers.
    await model('unload', 'code');
    await model('load', 'chat');
    const { document } = await openFile();
    const id = String(await run('start', { instruction: 'Fix the bug.' }));
    const [edit] = await pending(id);
    assert.equal(edit?.state, 'failed');
    assert.match(edit.message ?? '', /without code/);
    assert.equal(document.getText(), FILE);
    await model('unload', 'chat');
    await model('load', 'code');
    await run('retry', id);
    assert.equal((await pending(id))[0]?.state, 'ready');
    await closeEditor();
  });
});
