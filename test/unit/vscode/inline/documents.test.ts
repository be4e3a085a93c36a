import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { replaceMembers } from '../../../support/vscodeStub.ts';

const vscode = await import('vscode');
const { Tabs } = await import('../../../../src/vscode/inline/documents.ts');

const document = { uri: { scheme: 'untitled', toString: () => 'untitled:Untitled-1' } } as never;
let restore = (): void => {};

/** Shows the document in a tab, or not. */
function show(isShown: boolean): void {
  restore();
  const tabs = isShown ? [{ input: new vscode.TabInputText(vscode.Uri.parse('untitled:Untitled-1')) }] : [];
  restore = replaceMembers(vscode.window, { tabGroups: { all: [{ tabs }] } });
}

describe('documents without a tab', () => {
  afterEach(() => restore());

  test('have lost it only if they had one: the editor comes before its tab', () => {
    const tabs = new Tabs();
    show(false);
    assert.equal(tabs.hasLost(document), false);
    show(true);
    assert.equal(tabs.hasLost(document), false);
    show(false);
    assert.equal(tabs.hasLost(document), true);
  });
});
