/** The main job with the installed VSIX, as a user has it: from an empty store to answers and edits. */
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PARTS } from '../../esbuild.ts';
import type { CodeServer } from '../../scripts/support/codeServer.ts';
import { buildVsix, ENGINES } from '../../scripts/support/vsix.ts';
import { until } from '../../scripts/support/workbench.ts';
import { CHAT_REPLY, CODE_LINE } from '../support/toyReplies.ts';
import { holdLine, onStage, type Stage, stepsOf } from './scenario.ts';

/**
 * Bytes of the bundle that VS Code loads at the start. Parts that are needed later have bundles of their own, and libraries
 * are imported so that esbuild can drop what is not used (`import * as z`).
 */
const MAX_ENTRY_BYTES = 1024 ** 2;

test('the main job with the installed VSIX', { timeout: 900_000 }, async (t) => {
  const { path, target } = await buildVsix();
  await onStage('main-job', { vsix: path }, async (stage) => {
    const run = stepsOf(t);
    const step = (title: string, work: (stage: Stage) => Promise<void>): Promise<void> =>
      run(title, () => work(stage));
    await step('it has the engines of this platform only, and little code to start with', ({ server }) =>
      seeContent(server, ENGINES[target] ?? []),
    );
    await step('an empty store invites to pull', seeWelcome);
    await step('a bad reference is explained while typing', typeBadReference);
    await step('a pull shows progress, and cancel keeps what is there', cancelSlowPull);
    await step('the same pull goes on and ends with a row in Local Models', resumeSlowPull);
    await step('a pull from a tag’s row', pullFromRow);
    await step('a second pull says that the model is there', pullAgain);
    await step('@local answers with exactly the toy’s text', chat);
    await step('the model picker has the local models', seePicker);
    await step('inline chat changes the lines; Discard restores them', discardEdit);
    await step('Accept keeps them, and one undo restores the file', acceptEdit);
    await step('a model is unloaded from its row', unload);
    await step('a trained model answers and edits', useTrainedModel);
  });
});

async function seeContent({ dataDir }: CodeServer, engines: readonly string[]): Promise<void> {
  const extensions = join(dataDir, 'extensions');
  const [folder = ''] = (await readdir(extensions)).filter((name) => name.startsWith('oci-models.'));
  const dist = join(extensions, folder, 'dist');
  const bundles = Object.keys(PARTS).map((name) => `${name}.cjs`);
  assert.deepEqual((await readdir(dist)).sort(), [...bundles, 'engineHost.mjs', 'node_modules'].sort());
  const found = await readdir(join(dist, 'node_modules', '@node-llama-cpp'));
  assert.deepEqual(found.sort(), engines);
  const { size } = await stat(join(dist, 'extension.cjs'));
  assert.ok(size < MAX_ENTRY_BYTES, `${size} bytes`);
}

async function seeWelcome({ workbench, host, shot }: Stage): Promise<void> {
  await workbench.openContainer('OCI Models');
  await workbench.row(host).waitFor();
  await workbench.page.getByText('There is no model on this machine yet.').waitFor();
  await shot('01-welcome');
}

async function typeBadReference({ workbench, shot }: Stage): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  const suggestion = workbench.page.locator('.quick-input-list .monaco-list-row', {
    hasText: 'smollm2:360M',
  });
  await until('a verdict', async () => / · .*(?:fit|runs)/.test(await suggestion.innerText()));
  await workbench.acceptInput();
  await shot('02-suggested');
  await workbench.typeIntoInputBox('Pull OCI Model', 'ai/Not A Name');
  await until('an error', async () => (await workbench.inputBoxMessage()).includes('white space'));
  await workbench.acceptInput();
  await workbench.typeIntoInputBox('Pull OCI Model', 'docker model pull ai/SmolLM2');
  await until('the full name', async () =>
    (await workbench.inputBoxMessage()).includes('Pulls docker.io/ai/smollm2:latest'),
  );
  await shot('02-reference');
  await workbench.page.keyboard.press('Escape');
}

async function startSlowPull({ workbench, slowHost }: Stage, progress: RegExp): Promise<string> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', `${slowHost}/ai/tinycode`);
  await until('the full name', async () => (await workbench.inputBoxMessage()).includes('tinycode:latest'));
  await workbench.acceptInput();
  return workbench.waitForNotification(progress);
}

/** Megabytes that were there when the first pull was cancelled. */
let cancelledAt = 0;

function megabytesDone(progress: string): number {
  return Number(/([\d.]+) of 4\.0 MB/.exec(progress)?.[1]);
}

async function cancelSlowPull(stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  const release = holdLine(stage);
  const progress = await startSlowPull(stage, /[1-3]\.\d of 4\.0 MB · [\d.]+ [kM]?B\/s · \d+ s left/);
  cancelledAt = megabytesDone(progress);
  assert.ok(cancelledAt > 0, progress);
  await shot('03-progress');
  await workbench.clickNotification('Cancel');
  release();
  await until(
    'the end of the pull',
    async () => !(await workbench.notifications()).some((text) => text.includes('Pulling')),
  );
  await workbench.waitForRow(/tinycode:latest [1-3]\.\d of 4\.0 MB · paused just now/);
}

async function resumeSlowPull(stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  // Nothing of the first pull is fetched again: the progress starts where it ended.
  const progress = await startSlowPull(stage, /[\d.]+ of 4\.0 MB · [\d.]+ [kM]?B\/s/);
  assert.ok(megabytesDone(progress) >= cancelledAt, `${progress} after ${cancelledAt} MB`);
  await workbench.waitForNotification(/tinycode:latest was pulled and is ready/);
  await workbench.waitForRow(/tinycode:latest .*4\.0 MB · Q8_0 · not loaded/);
  await shot('04-pulled');
  await workbench.clearNotifications();
}

async function pullFromRow({ workbench, host, shot }: Stage): Promise<void> {
  await workbench.expandRow(host);
  await workbench.expandRow('ai/toy');
  await workbench.waitForRow(/^code/);
  await shot('05-tags');
  for (const tag of ['code', 'chat']) {
    await workbench.clickRowAction(tag, 'Pull OCI Model');
    await workbench.waitForNotification(new RegExp(`toy:${tag} was pulled and is ready`));
    // The second tag goes below a row of the repository, with the first one.
    await workbench.waitForRow(new RegExp(`${tag} .*F16.*not loaded`));
    // VS Code shows at most two new notifications within 0.8 s, and these pulls are faster than that.
    await workbench.clearNotifications();
  }
  await workbench.waitForRow(/^chat on this machine/);
  await workbench.waitForRow(/^toy 2 tags/);
}

async function pullAgain({ workbench, host, shot }: Stage): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/toy:nope`);
  const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
  await rows.filter({ hasText: 'has no tag “nope”; it has these' }).waitFor();
  await shot('05-no-such-tag');
  await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/toy:c`);
  await rows.filter({ hasText: `tags of ${host}/ai/toy` }).waitFor();
  await rows.filter({ hasText: 'chat' }).click();
  await workbench.waitForNotification(/toy:chat is already on this machine\. Nothing was downloaded\./);
  await workbench.clearNotifications();
}

function selectModel({ workbench }: Stage, name: string): Promise<void> {
  return workbench.selectModel(name);
}

async function chat(stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  await selectModel(stage, 'toy:chat');
  assert.equal(await workbench.chat('@local Say hello.'), CHAT_REPLY);
  assert.equal(await workbench.chat('@local And again, please.'), CHAT_REPLY);
  await workbench.waitForRow(/^chat .*· loaded/);
  await workbench.waitForRow(/^toy 2 tags · loaded/);
  await shot('06-chat');
}

async function seePicker({ workbench, shot }: Stage): Promise<void> {
  await workbench.page.locator('.interactive-input-part .model-picker-name').click();
  const picker = workbench.page.locator('.action-widget');
  await picker.getByText('Other Models').click();
  for (const name of ['tinycode:latest', 'toy:chat', 'toy:code']) {
    await picker.getByText(name).first().waitFor();
  }
  await shot('07-picker');
  await workbench.page.keyboard.press('Escape');
}

/** Types an instruction at the lines, as a person does, and waits for the proposal. */
async function startEdit({ workbench }: Stage, instruction: string): Promise<void> {
  await workbench.runCommand('OCI Models: Edit with Local Model');
  await workbench.typeIntoThread(instruction);
  await workbench.page.keyboard.press('Enter');
  await workbench.threadLink('Accept').waitFor();
}

/** The document has no mark of unsaved changes. */
async function assertSaved({ workbench }: Stage): Promise<void> {
  assert.equal(await workbench.page.locator('.tab.active.dirty').count(), 0);
}

async function discardEdit(stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  await selectModel(stage, 'toy:code');
  await workbench.clearNotifications();
  await workbench.openFile('math.ts');
  const original = await workbench.editorText();
  await workbench.selectLines(9, 9);
  await workbench.page.setViewportSize({ width: 1280, height: 800 });
  await startEdit(stage, 'Fix the bug.');
  await shot('08-inline-chat');
  await workbench.page.setViewportSize({ width: 1400, height: 900 });
  assert.match(await workbench.thread().innerText(), /return a - b;/);
  await assertSaved(stage);
  assert.equal(await workbench.editorText(), original);
  await assertSaved(stage);
  await workbench.threadLink('Discard').click();
  await workbench.thread().waitFor({ state: 'detached' });
  assert.equal(await workbench.editorText(), original);
  await assertSaved(stage);
}

async function acceptEdit(stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  const original = await workbench.editorText();
  await workbench.selectLines(9, 9);
  await startEdit(stage, 'Fix the bug.');
  // The keyboard is back in the file, at the lines, and nothing was typed since.
  await workbench.page.keyboard.press('Enter');
  await workbench.thread().waitFor({ state: 'detached' });
  const edited = original.replace('  return a + b;', CODE_LINE);
  await until('the new text', async () => (await workbench.editorText()) === edited);
  await shot('09-accepted');
  await workbench.focusEditor();
  await workbench.page.keyboard.press('Control+Z');
  await until('the old text', async () => (await workbench.editorText()) === original);
}

async function unload({ workbench, shot }: Stage): Promise<void> {
  await workbench.openContainer('OCI Models');
  await workbench.clickRowAction('toy:code', 'Unload Model');
  await workbench.waitForRow(/^code .*not loaded/);
  await shot('10-unloaded');
}

/** Its last picture is the one in README.md, `media/screenshot.png`. */
async function useTrainedModel(stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  await selectModel(stage, 'tinycode:latest');
  const answer = await workbench.chat('@local What is a closure?');
  // Chance chooses the words; the edit below is exact.
  assert.match(answer, /[a-z]{3,} [a-z]{2,}/i);
  await workbench.selectLines(3, 5);
  await startEdit(stage, 'Add types.');
  await workbench.clearNotifications();
  await workbench.page.waitForTimeout(500); // until the palette has faded out
  await shot('11-trained-model');
  await workbench.threadLink('Accept').click();
  await until('types', async () =>
    /multiply\(width: number, height: number\)/.test(await workbench.editorText()),
  );
}
