/** Inline edits by mouse and keyboard: what is pending changes no document, and what was accepted is one undo step. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { SAMPLE_WORKSPACE } from '../../scripts/support/sample.ts';
import { until, type Workbench } from '../../scripts/support/workbench.ts';
import { CODE_LINE } from '../support/toyReplies.ts';
import { editInFolders, editPlaces, IN_FILE } from './inlineEditPlaces.ts';
import { onStage, stepsOf } from './scenario.ts';

const OLD_LINE = '  return a + b;';

/** Opens the box for an instruction at line 9. */
async function openBox(workbench: Workbench): Promise<void> {
  await workbench.selectLines(9, 9);
  await workbench.page.keyboard.press('Control+K');
  await workbench.page.keyboard.press('l');
}

async function propose(workbench: Workbench, instruction: string): Promise<void> {
  await openBox(workbench);
  await workbench.typeIntoThread(instruction);
  await workbench.page.keyboard.press('Enter');
  await workbench.threadLink('Accept').waitFor();
}

/** Asks for edits of the open file and a new one, and waits for their preview. */
async function proposeFiles(workbench: Workbench): Promise<void> {
  await workbench.clearNotifications();
  await workbench.selectLines(1, 14);
  await workbench.runCommand('OCI Models: Edit Files with Local Model…');
  await workbench.typeIntoInputBox('Edit Files with Local Model', 'Fix the bug.');
  await workbench.acceptInput();
  await workbench.waitForNotification(/would change 2 files, 1 of them new/);
  await workbench.page.locator('.multiDiffEditor').first().waitFor();
}

async function clickThreadButton(workbench: Workbench, title: string): Promise<void> {
  await workbench.thread().locator(`.action-label[aria-label^="${title}"]`).first().click();
}

test('inline edits', async (t) => {
  const step = stepsOf(t);
  await onStage('inline-edit', { extension: ROOT }, async (stage) => {
    const { workbench, workspace, host, shot } = stage;
    const { page } = workbench;
    const onDisk = (): Promise<string> => readFile(join(workspace, 'math.ts'), 'utf8');
    const original = await readFile(join(SAMPLE_WORKSPACE, 'math.ts'), 'utf8');
    const edited = original.replace(OLD_LINE, CODE_LINE);
    /** A button above the active editor. */
    const button = (title: string) =>
      page.locator(`.editor-group-container.active .editor-actions .action-label[aria-label^="${title}"]`);
    const gone = (): Promise<void> => workbench.thread().waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 1280, height: 800 });
    await workbench.runCommand('OCI Models: Pull OCI Model');
    await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/toy:code`);
    await workbench.acceptInput();
    await workbench.waitForNotification(/toy:code was pulled and is ready/);
    await workbench.clearNotifications();
    await workbench.openFile('math.ts');

    await step('the box has the keyboard, and Escape gives it back to the file', async () => {
      await openBox(workbench);
      await workbench.typeIntoThread('Fix');
      await shot('1-box');
      await page.keyboard.press('Escape');
      await gone();
      assert.equal(await workbench.editorText(), original);
    });

    await step('Escape at the lines discards; the document was never changed', async () => {
      await propose(workbench, 'Fix the bug.');
      assert.equal(await page.evaluate(IN_FILE), true, 'the keyboard is in the file');
      assert.equal(await onDisk(), original);
      assert.equal(await page.locator('.part.panel').isVisible(), false, 'the panel of comments is shut');
      await page.keyboard.press('Escape');
      await gone();
      assert.equal(await workbench.editorText(), original);
    });

    await step('another instruction goes on from the proposal', async () => {
      await propose(workbench, 'Fix the bug.');
      await clickThreadButton(workbench, 'Change Inline Edit');
      await workbench.typeIntoThread('Keep the name.');
      await page.keyboard.press('Control+Enter');
      await until('both instructions', async () =>
        /Fix the bug\.[\s\S]*Keep the name\.[\s\S]*Accept/.test(await workbench.thread().innerText()),
      );
      await shot('2-follow-up');
    });

    await step('typing in the lines is said, and undoing it makes the proposal good again', async () => {
      await workbench.focusEditor();
      await page.keyboard.press('Control+G');
      await page.keyboard.type('9:3');
      await page.keyboard.press('Enter');
      await page.keyboard.type('x');
      await workbench.threadLink('Retry').waitFor();
      await until('the reason', async () =>
        (await workbench.thread().innerText()).includes('lines were changed meanwhile'),
      );
      await shot('3-changed-inside');
      await page.keyboard.press('Control+Z');
      await workbench.threadLink('Accept').waitFor();
    });

    await step('a thread with the keyboard is accepted with Enter, as one step', async () => {
      await workbench
        .thread()
        .locator('.comment-body')
        .last()
        .click({ position: { x: 5, y: 5 } });
      await page.keyboard.press('Enter');
      await gone();
      await until('the new text', async () => (await workbench.editorText()) === edited);
      await workbench.focusEditor();
      await page.keyboard.press('Control+Z');
      await until('the old text', async () => (await workbench.editorText()) === original);
    });

    await step('the diff editor has Accept and Discard', async () => {
      await propose(workbench, 'Fix the bug.');
      await workbench.threadLink('Open Diff').click();
      await button('Discard Inline Edit').waitFor();
      await page
        .locator('.monaco-diff-editor .line-insert, .monaco-diff-editor .char-insert')
        .first()
        .waitFor();
      await shot('4-diff');
      await button('Accept Inline Edit').click();
      await until('the new text', async () => (await workbench.editorText()) === edited);
      await until('no diff editor', async () => (await page.locator('.monaco-diff-editor').count()) === 0);
      await page.keyboard.press('Control+Z');
      await until('the old text', async () => (await workbench.editorText()) === original);
    });

    await step('a block is rejected and another one accepted, by keyboard and by mouse', async () => {
      const lines = ['function f(a, b) {', '  const c = a + b;', CODE_LINE, '  // unreachable', '}'];
      await writeFile(join(workspace, 'blocks.ts'), lines.join('\n'));
      await workbench.openFile('blocks.ts');
      await workbench.selectLines(2, 4);
      await page.keyboard.press('Control+K');
      await page.keyboard.press('l');
      await workbench.typeIntoThread('Shorten.');
      await page.keyboard.press('Enter');
      await workbench.threadLink('Open Diff').click();
      const removed = page.locator('.monaco-diff-editor .line-delete');
      await until('two blocks', async () => (await removed.count()) >= 2);
      // The keys of VS Code's accessible diff viewer go from block to block.
      await page.keyboard.press('F7');
      await page.locator('.diff-review:visible, .monaco-diff-editor .diff-review-content').first().waitFor();
      await shot('5-accessible-diff');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Alt+F5');
      await page.keyboard.press('Alt+Backspace');
      await workbench.waitForAnnouncement(/Left a block out of the edit of blocks\.ts\. 1 block is left/);
      await shot('6-block-rejected');
      await page
        .locator(
          '.editor-group-container.active .editor-actions .action-label[aria-label^="Accept Block of Inline Edit"]',
        )
        .click();
      await workbench.waitForAnnouncement(/The edit of blocks\.ts was accepted/);
      await until('the diff to close', async () => (await page.locator('.monaco-diff-editor').count()) === 0);
      const left = await workbench.editorText();
      assert.equal(left, lines.filter((line) => !/const c/.test(line)).join('\n'));
      await page.keyboard.press('Control+Z');
      await until('the old text', async () => (await workbench.editorText()) === lines.join('\n'));
      await workbench.openFile('math.ts');
    });

    await step('earlier instructions can be taken again', async () => {
      await openBox(workbench);
      await workbench.typeIntoThread('x');
      await page.keyboard.press('Alt+ArrowUp');
      await page
        .locator('.quick-input-widget:visible .monaco-list-row', { hasText: 'Keep the name.' })
        .click();
      await until('the instruction in the box', async () =>
        (await workbench.thread().locator('.edit-container .view-lines').innerText())
          .replaceAll('\u00a0', ' ')
          .includes('Keep the name.'),
      );
      await page.keyboard.press('Enter');
      await workbench.threadLink('Accept').waitFor();
    });

    await step('a cell of a notebook is edited in the diff editor, and the notebook stays open', async () => {
      const source = ['function f(a, b) {\n', `${OLD_LINE}\n`, '}'];
      const metadata = { vscode: { languageId: 'typescript' } };
      const cell = { cell_type: 'code', execution_count: null, metadata, outputs: [], source };
      const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
      await writeFile(join(workspace, 'notes.ipynb'), JSON.stringify(notebook));
      await workbench.openFile('notes.ipynb');
      const line = (text: string) => page.locator('.notebookOverlay .cell .view-line', { hasText: text });
      await line('a + b').click();
      await page.keyboard.press('Control+K');
      await page.keyboard.press('l');
      await workbench.typeIntoInputBox('Edit with Local Model', 'Fix the bug.');
      await workbench.acceptInput();
      await button('Accept Inline Edit').click();
      await line('a - b').waitFor();
      await page.locator('.tab.active', { hasText: 'notes.ipynb' }).waitFor();
      await workbench.waitForAnnouncement(/^The edit of notes\.ipynb was accepted/);
      await shot('9-notebook');
      await workbench.openFile('math.ts');
    });

    await editPlaces(step, stage);

    await step('several files are shown together, and changed with one click', async () => {
      await workbench.runCommand('OCI Models: Pull OCI Model');
      await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/toy:files`);
      await workbench.acceptInput();
      await workbench.waitForNotification(/toy:files was pulled and is ready/);
      await workbench.clearNotifications();
      await workbench.selectModel('toy:files');
      await workbench.openFile('math.ts');
      // The steps before changed the file and undid it, and VS Code saves by itself a second later.
      await workbench.focusEditor();
      await page.keyboard.press('Control+S');
      await until('the old text on disk', async () => (await onDisk()) === original);
      await proposeFiles(workbench);
      await shot('7-several-files');
      assert.equal(await onDisk(), original);
      await page
        .locator(
          '.editor-group-container.active .editor-actions .action-label[aria-label^="Accept Edits of Files"]',
        )
        .click();
      await until('the new file', async () =>
        /export const sum/.test(await readFile(join(workspace, 'sum.ts'), 'utf8').catch(() => '')),
      );
      await page.locator('.tab.active', { hasText: 'math.ts' }).waitFor();
      await until('the new text', async () => (await workbench.editorText()) === edited);
      await until('no message', async () => (await workbench.notifications()).length === 0);
      await shot('8-several-files-accepted');
      await page.keyboard.press('Control+Z');
      await until(
        'one step back',
        async () => (await readFile(join(workspace, 'sum.ts'), 'utf8').catch(() => 'gone')) === 'gone',
      );
      // Undoing removes the new file before it gives the other one its text back.
      await until('the old text', async () => (await workbench.editorText()) === original);
      // The edited text may have been saved meanwhile, and undoing saves nothing.
      await page.keyboard.press('Control+S');
      await until('the old text on disk', async () => (await onDisk()) === original);
    });

    await step('the message about several files accepts and discards them', async () => {
      const link = (title: string) =>
        page.locator('.notifications-toasts .notification-list-item-message a', { hasText: title });
      await proposeFiles(workbench);
      await link('Discard').click();
      await until('no message', async () => (await workbench.notifications()).length === 0);
      assert.equal(await page.locator('.multiDiffEditor').count(), 0);
      assert.equal(await onDisk(), original);
      await proposeFiles(workbench);
      await link('Accept').click();
      await until('the new text', async () => (await workbench.editorText()) === edited);
      await until('no message', async () => (await workbench.notifications()).length === 0);
      await page.keyboard.press('Control+Z');
      await until('the old text', async () => (await workbench.editorText()) === original);
      await page.keyboard.press('Control+S');
      await until('the old text on disk', async () => (await onDisk()) === original);
    });

    await step('a block of several files is left out by keys, and the other one is accepted', async () => {
      await proposeFiles(workbench);
      await page.locator('.multiDiffEditor .view-line', { hasText: 'export const sum' }).first().click();
      await page.keyboard.press('Alt+Backspace');
      await workbench.waitForAnnouncement(/^The edit of sum\.ts was discarded/);
      await page.locator('.tab.active', { hasText: 'math.ts (proposed edit)' }).waitFor();
      await page.locator('.monaco-diff-editor .line-insert:visible').first().waitFor();
      await workbench.waitForNotification(/would change math\.ts\./);
      await shot('10-one-file-left');
      await page.locator('.monaco-diff-editor .view-line:visible', { hasText: 'a - b' }).first().click();
      await page.keyboard.press('Alt+Enter');
      await workbench.waitForAnnouncement(/^The edit of math\.ts was accepted/);
      await until('no message', async () => (await workbench.notifications()).length === 0);
      await page.locator('.tab.active', { hasText: /^math\.ts/ }).waitFor();
      await until('the new text', async () => (await workbench.editorText()) === edited);
      // VS Code saves by itself, perhaps after the undoing: the new text has to be on disk before the old one.
      await page.keyboard.press('Control+S');
      await until('the new text on disk', async () => (await onDisk()) === edited);
      await page.keyboard.press('Control+Z');
      await until('the old text', async () => (await workbench.editorText()) === original);
      await page.keyboard.press('Control+S');
      await until('the old text on disk', async () => (await onDisk()) === original);
    });

    await step('a window that is loaded anew has the file as it was', async () => {
      assert.equal(await onDisk(), original);
      await page.reload();
      await page.locator('.monaco-workbench .part.statusbar').waitFor();
      await workbench.openFile('math.ts');
      await until('the text', async () => (await workbench.editorText()) === original);
      assert.equal(await workbench.thread().count(), 0);
      assert.equal(await onDisk(), original);
    });

    await workbench.selectModel('toy:code');
    await editInFolders(step, stage);
  });
});
