/** A person's chat with local models: who answers, the commands, and a model that is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { CHAT_REPLY } from '../support/toyReplies.ts';
import { onStage } from './scenario.ts';

test('the chat with local models', { timeout: 600_000 }, async (t) => {
  await onStage('chat', { extension: ROOT }, async ({ workbench, host, shot }) => {
    const { page } = workbench;
    const responses = page.locator('.interactive-session .interactive-item-container.interactive-response');
    const lastResponse = (): Promise<string> => responses.last().innerText();
    const pick = page.locator('.interactive-input-part .model-picker-name');
    /** Pulls a model of the test registry. */
    const pull = async (name: string): Promise<void> => {
      await workbench.runCommand('OCI Models: Pull OCI Model');
      await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/${name}`);
      await workbench.acceptInput();
      await workbench.waitForNotification(new RegExp(`${name} was pulled and is ready`));
      await workbench.clearNotifications();
    };
    /** Chooses from the list that is open. */
    const choose = (label: string): Promise<void> =>
      page.locator('.quick-input-widget:visible .monaco-list-row', { hasText: label }).first().click();

    await t.test('the picker, the status bar and the line below the answer agree', async () => {
      await pull('toy:code');
      await pull('toy:chat');
      await workbench.runCommand('OCI Models: Select Model…');
      await choose('toy:chat');
      await workbench.waitForStatus('toy:chat');
      assert.equal(await workbench.chat('@local Say hello.'), CHAT_REPLY);
      await until('the figures', async () =>
        /toy:chat · [\d.]+ tokens\/s · first text after [\d.]+ s · \d+ of [\d]+ tokens of context/.test(
          await lastResponse(),
        ),
      );
      await until('the picker', async () => (await pick.innerText()).includes('toy:chat'));
      await shot('1-who-answers');
    });

    await t.test('/explain takes the selection, shows it, and offers what may come next', async () => {
      await workbench.openFile('math.ts');
      await workbench.selectLines(8, 10);
      assert.equal(await workbench.chat('@local /explain'), CHAT_REPLY);
      await page.getByText('Write tests for this code').waitFor();
      await shot('2-explain');
      for (const command of ['fix', 'tests', 'doc', 'review'])
        assert.ok((await workbench.chat(`@local /${command}`)).startsWith(CHAT_REPLY), command);
      await shot('3-commands');
    });

    await t.test('/commit without a repository says what to do', async () => {
      await workbench.chat('@local /commit');
      assert.match(await lastResponse(), /no changes to commit/);
      await shot('4-commit');
    });

    await t.test('/edit proposes at the lines', async () => {
      await workbench.selectLines(9, 9);
      await workbench.chat('@local /edit Fix the bug.');
      assert.match(await lastResponse(), /proposed at .*math\.ts:9/);
      await workbench.thread().waitFor();
      await shot('5-edit');
    });

    await t.test('/model chooses, and the picker follows', async () => {
      await workbench.typeIntoChat('@local /model');
      const before = await workbench.answerCount();
      await page.keyboard.press('Enter');
      await choose('toy:code');
      await workbench.finishedAnswer(before);
      assert.match(await lastResponse(), /toy:code answers from now on/);
      await until('the picker', async () => (await pick.innerText()).includes('toy:code'));
      await workbench.waitForStatus('toy:code');
      await shot('6-model');
    });

    await t.test('a model that was deleted is told, also after a reload', async () => {
      await workbench.chat('@local Hello');
      await page.reload();
      await workbench.waitForStatus('toy:code');
      await workbench.openContainer('OCI Models');
      await workbench.clickRowMenu('toy:code', 'Delete Model…');
      await workbench.answerDialog('Delete');
      await until(
        'no row',
        async () => !(await workbench.treeRows()).some((row) => row.startsWith('toy:code')),
      );
      await workbench.chat('@local Are you there?');
      await shot('7-deleted');
      assert.doesNotMatch(await lastResponse(), /Language model unavailable/);
      await page.reload();
      await workbench.waitForStatus('toy:chat');
      await workbench.chat('@local And now?');
      await shot('8-after-reload');
      assert.doesNotMatch(await lastResponse(), /Language model unavailable/);
    });
  });
});
