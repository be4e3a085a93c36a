/** The list of blocks of several files, of which some were changed meanwhile. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type * as vscode from 'vscode';
import { isModelError } from '../../../../src/base/error.ts';
import { asLocalized } from '../../../../src/base/l10n.ts';
import { PendingFile } from '../../../../src/vscode/inline/files/pendingFile.ts';
import { clearEditor, document, Uri } from '../../../support/chatStub.ts';
import { answers, clearShown, shown } from '../../../support/vscodeStub.ts';

const { chooseFileBlock } = await import('../../../../src/vscode/inline/files/fileChoice.ts');

type Changes = Parameters<typeof chooseFileBlock>[0];
type Row = { readonly label: string; readonly description?: string };

/** Nothing of the preview is at the cursor. */
const PREVIEW = { find: () => undefined };

/** A change of the first and the last of three lines. @param now the file as it is by now. */
function changeOf(path: string, now = 'a\nb\nc'): Changes[number] {
  const file = new PendingFile({ path, isNew: false, lines: ['A', 'b', 'C'] }, ['a', 'b', 'c']);
  const uri = Uri.file(`/project/${path}`) as unknown as vscode.Uri;
  return { uri, file, document: document(uri.path, now) as unknown as vscode.TextDocument };
}

function choose(changes: Changes) {
  return chooseFileBlock(changes, PREVIEW, asLocalized('Which?'));
}

beforeEach(() => {
  clearEditor();
  clearShown();
});

test('a file that was changed meanwhile says so, and the blocks of the others can be chosen', async () => {
  const changes = [changeOf('one.ts'), changeOf('two.ts', 'typed\na\nb\nc'), changeOf('three.ts')];
  let rows: readonly Row[] = [];
  const pick = (index: number) => (given: readonly Row[]) => {
    rows = given;
    return given[index];
  };
  answers.push(pick(3));
  const part = await choose(changes);
  assert.deepEqual(
    rows.map(({ label, description }) => [label, description]),
    [
      ['one.ts, Line 1', '+1 −1'],
      ['one.ts, Line 3', '+1 −1'],
      ['two.ts', 'was changed meanwhile'],
      ['three.ts, Line 1', '+1 −1'],
      ['three.ts, Line 3', '+1 −1'],
    ],
  );
  assert.equal(part?.change, changes[2]);
  assert.deepEqual(
    part?.blocks.map(({ oldStart }) => oldStart),
    [0],
  );
  answers.push(pick(2));
  await assert.rejects(choose(changes), (error) => {
    return (
      isModelError(error) && /two\.ts.* was changed meanwhile\. Ask for the edit again/.test(error.message)
    );
  });
});

test('a file that was changed meanwhile is not chosen unasked', async () => {
  await assert.rejects(choose([changeOf('one.ts', 'x')]), /one\.ts.* was changed meanwhile/);
  assert.deepEqual(shown, [], 'there is nothing to choose from');
  const whole = changeOf('two.ts');
  whole.file.leave(['a', 'b', 'c'], whole.file.blocks(['a', 'b', 'c']).slice(1));
  answers.push(undefined);
  assert.equal(await choose([changeOf('one.ts', 'x'), whole]), undefined, 'the list was closed');
  assert.equal(shown.length, 1);
});
