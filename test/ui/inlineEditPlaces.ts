import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until, type Workbench } from '../../scripts/support/workbench.ts';
import { CODE_LINE } from '../support/toyReplies.ts';
import type { Stage, Step } from './scenario.ts';

const OLD_LINE = '  return a + b;';
const FUNCTION = `function f(a, b) {\n${OLD_LINE}\n}\n`;
const EDITED = FUNCTION.replace(OLD_LINE, CODE_LINE);
const LARGE_BYTES = 6 * 1024 * 1024;
/** Milliseconds in which the Explorer has its folders, also on a busy machine. */
const FOLDERS_MS = 15_000;
const FILLER = 'a line of a large file\n';

/** The keyboard is in the file, and not in a thread. */
export const IN_FILE = `document.activeElement?.closest('.monaco-editor') !== null
  && document.activeElement?.closest('.review-widget') === null`;

async function pressEditKeys({ page }: Workbench): Promise<void> {
  await page.keyboard.press('Control+K');
  await page.keyboard.press('l');
}

/** Waits for the proposal, and for the keyboard in the file. */
async function untilProposed(workbench: Workbench): Promise<void> {
  await workbench.threadLink('Accept').waitFor();
  await workbench.page.waitForFunction(IN_FILE);
}

async function propose(workbench: Workbench): Promise<void> {
  await pressEditKeys(workbench);
  await workbench.typeIntoThread('Fix the bug.');
  await workbench.page.keyboard.press('Enter');
  await untilProposed(workbench);
}

async function gone({ page }: Workbench): Promise<void> {
  await until('no thread', async () => (await page.locator('.review-widget:visible').count()) === 0);
}

/** Waits until a file has a text. VS Code saves it by itself. */
async function untilOnDisk(path: string, text: string): Promise<void> {
  await until('the new text on disk', async () => (await readFile(path, 'utf8')) === text);
}

/** Closes the active editor. */
async function close({ page }: Workbench): Promise<void> {
  const tabs = page.locator('.tab');
  const count = await tabs.count();
  await page.locator('.editor-group-container.active .tab.active .tab-actions .action-label').click();
  await until('one tab less', async () => (await tabs.count()) < count);
}

/** Edits documents that are no plain small file in a single editor. Ends in `math.ts`. */
export async function editPlaces(step: Step, { workbench, workspace, shot }: Stage): Promise<void> {
  const { page } = workbench;
  const { keyboard } = page;

  await step('a split editor has one box, shows the edit on both sides and applies it once', async () => {
    const path = join(workspace, 'split.ts');
    await writeFile(path, FUNCTION);
    await workbench.openFile('split.ts');
    await workbench.focusEditor();
    await keyboard.press('Control+Backslash');
    const groups = page.locator('.editor-group-container');
    await until('two groups', async () => (await groups.count()) === 2);
    await workbench.selectLines(2, 2);
    await pressEditKeys(workbench);
    await workbench.typeIntoInputBox('Edit with Local Model', 'Fix the bug.');
    await shot('places-1-split-box');
    await workbench.acceptInput();
    await untilProposed(workbench);
    await until('both sides', async () => (await page.locator('.review-widget:visible').count()) === 2);
    await shot('places-2-split');
    await keyboard.press('Control+Enter');
    await gone(workbench);
    await untilOnDisk(path, EDITED);
    await keyboard.press('Control+2');
    await close(workbench);
    await until('one group', async () => (await groups.count()) === 1);
  });

  await step('a read-only file is refused with a sentence', async () => {
    await workbench.runCommand('File: Set Active Editor Read-only in Session');
    await workbench.selectLines(2, 2);
    await pressEditKeys(workbench);
    await workbench.waitForNotification(/split\.ts cannot be changed\. Is it read-only\?/);
    assert.equal(await page.locator('.review-widget:visible').count(), 0);
    await shot('places-3-read-only');
    await workbench.clearNotifications();
    await workbench.runCommand('File: Set Active Editor Writeable in Session');
    await close(workbench);
  });

  await step('an untitled document is edited', async () => {
    await workbench.runCommand('File: New Untitled Text File');
    await page.locator('.tab.active', { hasText: 'Untitled' }).waitFor();
    await workbench.focusEditor();
    await keyboard.insertText(OLD_LINE);
    await workbench.selectLines(1, 1);
    await propose(workbench);
    await shot('places-4-untitled');
    await keyboard.press('Control+Enter');
    await gone(workbench);
    await until('the new text', async () => (await workbench.editorText()) === CODE_LINE);
    // An empty one is closed without a question.
    await keyboard.press('Delete');
    await close(workbench);
  });

  await step('a file of 6 MB is edited', async () => {
    const path = join(workspace, 'large.txt');
    const rest = FILLER.repeat(Math.ceil(LARGE_BYTES / FILLER.length));
    await writeFile(path, FUNCTION + rest);
    await workbench.openFile('large.txt');
    await workbench.selectLines(2, 2);
    await propose(workbench);
    await shot('places-5-large');
    await keyboard.press('Control+Enter');
    await gone(workbench);
    await untilOnDisk(path, EDITED + rest);
    await close(workbench);
    await rm(path);
  });
  await workbench.openFile('math.ts');
}

/** Edits a file of the second of two folders, in a window that is opened for them. The model is `toy:code`. */
export async function editInFolders(
  step: Step,
  { workbench, server, workspace, shot }: Stage,
): Promise<void> {
  const { page } = workbench;
  await step('a file of the second of two folders is edited', async () => {
    const second = join(workspace, '..', 'second');
    const path = join(second, 'other.ts');
    await mkdir(second);
    await writeFile(path, FUNCTION);
    const file = join(workspace, '..', 'two.code-workspace');
    await writeFile(file, JSON.stringify({ folders: [{ path: workspace }, { path: second }] }));
    const url = new URL(server.url);
    url.search = new URLSearchParams({ workspace: file }).toString();
    // On a busy machine VS Code sometimes finds no folder in the workspace at first, and does not look again.
    await until('the folders of the workspace', async () => {
      await page.goto(url.href);
      await page.locator('.explorer-folders-view', { hasText: 'second' }).waitFor({ timeout: FOLDERS_MS });
      return true;
    });
    await workbench.openFile('other.ts');
    await workbench.selectLines(2, 2);
    await propose(workbench);
    await workbench.waitForAnnouncement(/^The edit of second\/other\.ts is ready/);
    await shot('places-6-folders');
    await page.keyboard.press('Control+Enter');
    await gone(workbench);
    await untilOnDisk(path, EDITED);
  });
}
