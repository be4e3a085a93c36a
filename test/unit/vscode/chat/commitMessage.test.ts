/** Commit messages: written from the changes, and never over the user's own words unasked. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { commitMessageOf } from '../../../../src/assist/index.ts';
import { isModelError } from '../../../../src/base/error.ts';
import { clearEditor, editor, Uri } from '../../../support/chatStub.ts';
import { answers, clearShown, shownTexts } from '../../../support/vscodeStub.ts';
import { chatRoom, lastChat } from './support.ts';

const { writeMessage } = await import('../../../../src/vscode/commands/commit/write.ts');
const { useMessage } = await import('../../../../src/vscode/commands/commit/use.ts');

const SCRIPT = { answer: [{ type: 'text', text: '```\nFix the sum\n```' }] } as const;

beforeEach(() => {
  clearEditor();
  clearShown();
});

describe('a commit message', () => {
  const readings = [
    ['Fix the sum', 'Fix the sum'],
    ['```text\nFix the sum\n\nIt was wrong.\n```\nThis says it.', 'Fix the sum\n\nIt was wrong.'],
    ['Here is a commit message:\n\nFix the sum', 'Fix the sum'],
    ['"Fix the sum"', 'Fix the sum'],
    ['**Fix the sum**', 'Fix the sum'],
    ['Fix `sum`', 'Fix `sum`'],
    ['Fix the sum\r\n\r\nBody', 'Fix the sum\n\nBody'],
  ] as const;
  for (const [answer, message] of readings) {
    test(`is read from ${JSON.stringify(answer)}`, () => assert.equal(commitMessageOf(answer), message));
  }

  test('is written into the box of Source Control', async (t) => {
    const { models, services, engines } = await chatRoom(t, SCRIPT);
    const write = (): Promise<unknown> =>
      writeMessage.run({ models, output: services.log } as never, { rootUri: Uri.file('/project') });
    await assert.rejects(
      write(),
      (error) => isModelError(error, 'no-subject') && /no Git/.test(error.message),
    );
    editor.changes = { staged: '', unstaged: '' };
    await assert.rejects(write(), (error) => isModelError(error) && /no changes/.test(error.message));
    editor.changes = { staged: '+a', unstaged: '+b' };
    await write();
    assert.equal(editor.inputBox.value, 'Fix the sum');
    assert.match(lastChat(engines).at(-1)?.content ?? '', /\n\+a\n```\n\nWrite a commit message/);
  });

  test('replaces what the user wrote only if the user agrees', async (t) => {
    await chatRoom(t, SCRIPT);
    editor.changes = { staged: '+a', unstaged: '' };
    editor.inputBox.value = 'My own words';
    await useMessage.run({} as never, '```\nFix the sum\n```');
    assert.match(shownTexts().join('\n'), /Replace the commit message[\s\S]*My own words/);
    assert.equal(editor.inputBox.value, 'My own words');
    answers.push('Replace');
    await useMessage.run({} as never, '```\nFix the sum\n```');
    assert.equal(editor.inputBox.value, 'Fix the sum');
  });
});
