/** VS Code's own chat with a local model and without an account: inline chat (Ctrl+I) changes the lines exactly. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { SAMPLE_WORKSPACE } from '../../scripts/support/sample.ts';
import { until, type Workbench } from '../../scripts/support/workbench.ts';
import { CODE_LINE } from '../support/toyReplies.ts';
import { type Stage, stepsOf } from './scenario.ts';

const OLD_LINE = '  return a + b;';
/** Milliseconds for the box of inline chat, after which the key went nowhere. */
const BOX_MS = 10_000;
/** Milliseconds for an answer of the toy on a busy machine, after which the chat has failed without a word. */
const ANSWER_MS = 30_000;
/** Milliseconds for all attempts. */
const PATIENCE_MS = 240_000;

/** Turns VS Code's chat on, which is off in a new profile. */
async function turnOnChat(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Chat: Manage Language Models');
  const modal = workbench.page.locator('.monaco-modal-editor-block');
  await modal.waitFor();
  // The list is there once the chat is.
  await modal.getByText('toy:code').first().waitFor();
  await workbench.page.keyboard.press('Escape');
  await modal.waitFor({ state: 'detached' });
}

/** Asks for a change of line 9 until it is there: the chat asks for an account before it is quite on. */
async function askInline(workbench: Workbench, file: string, instruction: string): Promise<void> {
  const { page } = workbench;
  // The box has lines of its own, which may come first.
  const text = async (): Promise<string> =>
    (await page.locator('.editor-group-container.active .view-lines').allInnerTexts())
      .join('\n')
      .replaceAll('\u00a0', ' ');
  const signIn = page.locator('.monaco-dialog-box .codicon-dialog-close');
  const box = page.locator('.zone-widget .monaco-editor, .inline-chat-overlay .monaco-editor');
  const attempt = async (): Promise<boolean> => {
    if (await signIn.isVisible()) await signIn.click();
    for (const key of ['Escape', 'Escape']) await page.keyboard.press(key);
    await workbench.openFile(file);
    await workbench.selectLines(9, 9);
    await page.keyboard.press('Control+I');
    await box.and(page.locator('.focused')).waitFor({ timeout: BOX_MS });
    await page.keyboard.type(instruction);
    await page.keyboard.press('Enter');
    const isAnswered = async (): Promise<boolean> => (await text()).includes(CODE_LINE.trim());
    const isOver = async (): Promise<boolean> =>
      (await isAnswered()) || (await signIn.isVisible()) || (await box.count()) === 0;
    await until('an answer', isOver, ANSWER_MS);
    return isAnswered();
  };
  await until(`the change of ${file}`, attempt, PATIENCE_MS);
}

/** Needs a window in which VS Code's chat is used for the first time or was turned on. */
export async function editInNativeChat(t: TestContext, stage: Stage): Promise<void> {
  const { workbench, workspace, host, shot } = stage;
  const { page } = workbench;
  const original = await readFile(join(SAMPLE_WORKSPACE, 'math.ts'), 'utf8');
  const edited = original.replace(OLD_LINE, CODE_LINE);
  await writeFile(join(workspace, 'native.ts'), original);
  await writeFile(join(workspace, 'crlf.ts'), original.replaceAll('\n', '\r\n'));
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/toy:code`);
  await workbench.acceptInput();
  await workbench.waitForNotification(/toy:code was pulled and is ready/);
  await workbench.clearNotifications();
  await turnOnChat(workbench);

  const keep = async (file: string, want: string): Promise<void> => {
    await page.keyboard.press('Control+Enter');
    await until('the new text on disk', async () => (await readFile(join(workspace, file), 'utf8')) === want);
  };

  const step = stepsOf(t);
  await step('an instruction at a line changes exactly that line', async () => {
    await askInline(workbench, 'native.ts', 'Fix the bug.');
    await shot('12-native-proposal');
    await keep('native.ts', edited);
  });

  await step('a file with Windows line ends keeps them', async () => {
    await askInline(workbench, 'crlf.ts', 'Fix the bug.');
    await keep('crlf.ts', edited.replaceAll('\n', '\r\n'));
  });
}
