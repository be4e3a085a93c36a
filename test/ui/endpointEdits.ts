/** Steps with a model on a server: an image that is attached in the chat, and blocks of several files one by one. */
import assert from 'node:assert/strict';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import type { ScriptedRequest } from '../support/scriptedServer.ts';
import { NEW_FILE_REPLY } from '../support/toyReplies.ts';
import type { Stage } from './scenario.ts';

/** The name of a model that sees. */
export const SEEING = 'eyes:4b';

/** Two changes of the sample's `math.ts` after its bug was mended, and a new file. */
export const BLOCKS = `math.ts
<<<<<<< SEARCH
  return width * height;
=======
  return height * width;
>>>>>>> REPLACE

math.ts
<<<<<<< SEARCH
  return \`Hello, \${name}!\`;
=======
  return \`Bye, \${name}!\`;
>>>>>>> REPLACE

${NEW_FILE_REPLY}`;

/** Tells if a request is for edits of several files. */
export function isForFiles({ body }: Pick<ScriptedRequest, 'body'>): boolean {
  return JSON.stringify(body).includes('You edit files.');
}

/** Attaches an image file in the chat, and compares what the server receives with its bytes. */
export async function attachImage(
  { workbench, workspace, shot }: Stage,
  requests: readonly ScriptedRequest[],
): Promise<void> {
  const { page } = workbench;
  const path = join(workspace, 'logo.png');
  await copyFile(join(ROOT, 'media/icon.png'), path);
  await workbench.clickRowMenu(SEEING, 'Chat with Local Model');
  await workbench.waitForStatus(SEEING);
  // VS Code attaches the open file and its selection by itself.
  await workbench.runCommand('View: Close All Editors');
  await workbench.typeIntoChat('@local What is on the picture?');
  await page.keyboard.press('Control+/');
  const list = page.locator('.quick-input-widget:visible');
  await list.locator('.monaco-list-row', { hasText: 'Files & Folders' }).first().click();
  await list.locator('input.input').fill('logo.png');
  await list.locator('.monaco-list-row', { hasText: 'logo.png' }).first().click();
  await page.locator('.chat-attached-context-attachment', { hasText: 'logo.png' }).first().waitFor();
  await page.locator('.interactive-session .interactive-input-part .monaco-editor').first().click();
  await shot('12-image-attached');
  const before = await workbench.answerCount();
  await page.keyboard.press('Enter');
  assert.match(await workbench.finishedAnswer(before), /Hello from the server/);
  await shot('13-image-answered');
  const asked = requests.findLast(({ body }) => JSON.stringify(body ?? null).includes('on the picture?'));
  const messages = asked?.body?.['messages'] as { readonly role: string; readonly content: unknown }[];
  const bytes = await readFile(path);
  assert.deepEqual(messages.at(-1), {
    role: 'user',
    content: [
      { type: 'image_url', image_url: { url: `data:image/png;base64,${bytes.toString('base64')}` } },
      { type: 'text', text: 'What is on the picture?' },
    ],
  });
}

/** Accepts one block of a file, leaves the other out, accepts the other file, and takes the block back. */
export async function takeBlocks({ workbench, workspace, shot }: Stage): Promise<void> {
  const { page } = workbench;
  await workbench.clearNotifications();
  await workbench.openFile('math.ts');
  const original = await workbench.editorText();
  await workbench.selectLines(1, 14);
  await workbench.runCommand('OCI Models: Edit Files with Local Model…');
  await workbench.typeIntoInputBox('Edit Files with Local Model', 'Be polite.');
  await workbench.acceptInput();
  await workbench.waitForNotification(/would change 2 files, 1 of them new/);
  const line = (text: string) => page.locator('.multiDiffEditor .view-line', { hasText: text }).first();
  await line('height * width').click();
  await shot('14-two-blocks');
  await page.keyboard.press('Alt+Enter');
  await workbench.waitForAnnouncement(/^Accepted a block of the edit of math\.ts\. 1 block is left/);
  await shot('15-block-accepted');
  await line('Bye,').click();
  await page.keyboard.press('Alt+Backspace');
  await workbench.waitForAnnouncement(/^The rest of the edit of math\.ts was discarded/);
  await page.locator('.tab.active', { hasText: 'sum.ts (proposed edit)' }).waitFor();
  await shot('16-block-left');
  await workbench.runCommand('OCI Models: Accept Edits of Files');
  const sum = () => readFile(join(workspace, 'sum.ts'), 'utf8').catch(() => 'gone');
  await until('the new file', async () => (await sum()) === 'export const sum = 1;\n');
  await page.locator('.tab.active', { hasText: 'sum.ts', hasNotText: 'proposed' }).waitFor();
  await workbench.openFile('math.ts');
  const edited = original.replace('width * height', 'height * width');
  await until('the block that was accepted', async () => (await workbench.editorText()) === edited);
  await page.keyboard.press('Control+Z');
  await until('the old text', async () => (await workbench.editorText()) === original);
  assert.equal(await sum(), 'export const sum = 1;\n', 'another step');
  await shot('17-undone');
}
