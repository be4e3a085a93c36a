import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { silentLog } from '../../src/base/log.ts';
import { readHistory } from '../../src/vscode/chat/context.ts';
import { editorSelection, selectionOf } from '../../src/vscode/chat/gather/editorCode.ts';
import { ImageFiles } from '../../src/vscode/chat/gather/imageFiles.ts';
import { EarlierImages } from '../../src/vscode/chat/gather/images.ts';
import { readReferences } from '../../src/vscode/chat/gather/references.ts';
import { openUntitled } from './support.ts';

const TEXT = 'one\ntwo\nthree\n';

async function openText(): Promise<vscode.TextEditor> {
  const document = await openUntitled('plaintext', TEXT);
  return vscode.window.showTextDocument(document);
}

describe('what goes with a question', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('is the text of attached files, places and strings; one that is gone is left out', async () => {
    const { document } = await openText();
    const references: vscode.ChatPromptReference[] = [
      { id: 'file', value: document.uri },
      { id: 'place', value: new vscode.Location(document.uri, new vscode.Range(1, 0, 1, 3)) },
      { id: 'text', value: 'pasted' },
      { id: 'gone', value: vscode.Uri.file('/nowhere/at/all.ts') },
    ];
    const { pieces: read, leftOut } = await readReferences(references, new ImageFiles(), silentLog);
    assert.deepEqual(leftOut, ['/nowhere/at/all.ts, which cannot be read']);
    assert.deepEqual(
      read.map(({ text }) => text),
      [TEXT, 'two', 'pasted'],
    );
    assert.match(read[1]?.label ?? '', /:2-2$/);
  });

  it('is the selection, unless it is empty or attached already', async () => {
    const editor = await openText();
    assert.equal(editorSelection([]), undefined);
    editor.selection = new vscode.Selection(1, 0, 1, 3);
    const selected = editorSelection([]);
    const { text, startLine } = selected === undefined ? {} : selectionOf(selected);
    assert.deepEqual({ text, startLine }, { text: 'two', startLine: 2 });
    const place = new vscode.Location(editor.document.uri, new vscode.Range(0, 0, 2, 0));
    assert.equal(editorSelection([{ id: 'place', value: place }]), undefined);
  });

  it('is the conversation so far, without questions that got no answer', async () => {
    await openText();
    // The constructors are not for extensions, and so not in the typing.
    const request = Reflect.construct(vscode.ChatRequestTurn, [
      'Hello',
      undefined,
      [],
      'ociModels.local',
      [],
    ]);
    const failed = Reflect.construct(vscode.ChatResponseTurn, [[], {}, 'ociModels.local']);
    const part = new vscode.ChatResponseMarkdownPart('Hi there');
    const answered = Reflect.construct(vscode.ChatResponseTurn, [[part], {}, 'ociModels.local']);
    const history = [request, failed, request, answered] as vscode.ChatContext['history'];
    const images = new EarlierImages(new ImageFiles(), []);
    assert.deepEqual(await readHistory({ history }, images), [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi there' },
    ]);
    assert.deepEqual([images.lost, images.tooMany], [0, 0]);
  });
});
