/** A person's chat with local models: who answers, the commands, VS Code's own chat, and a model that is gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { CHAT_REPLY, CODE_LINE } from '../support/toyReplies.ts';
import { editInNativeChat } from './nativeChat.ts';
import { onStage, stepsOf } from './scenario.ts';

test('the chat with local models', { timeout: 900_000 }, async (t) => {
  await onStage('chat', { extension: ROOT }, async (stage) => {
    const { workbench, host, shot } = stage;
    const { page } = workbench;
    await page.setViewportSize({ width: 1400, height: 1400 });
    const session = page.locator('.interactive-session');
    const pick = page.locator('.interactive-input-part .model-picker-name');
    /** The rows that are drawn, the last one first; their order in the page is another one. */
    const rows = async (): Promise<string[]> => {
      // At once, because a row that is scrolled away takes its element along.
      const drawn = (await page.evaluate(
        `[...document.querySelectorAll('.interactive-session .monaco-list-row[data-index]')].map((row) => [Number(row.dataset.index), row.innerText])`,
      )) as [number, string][];
      return drawn.sort(([a], [b]) => b - a).map(([, text]) => text);
    };
    const button = (title: string) =>
      session.locator('.chat-command-button .monaco-button', { hasText: title });
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
    /** Waits until the last item is an answer that is finished and that `pattern` matches. */
    const answered = async (pattern: RegExp): Promise<string> =>
      until(
        `an answer like ${pattern}`,
        async () => {
          const loading = await session.locator('.chat-response-loading').count();
          const text = (await rows())[0] ?? '';
          return loading === 0 && text.startsWith('Local Model') && pattern.test(text) ? text : undefined;
        },
        30_000,
      );
    /** Waits until the last question is `text`. */
    const asked = async (text: string): Promise<void> => {
      await until(`the question “${text}”`, async () =>
        (await rows()).slice(0, 2).some((row) => row.replace(/\s+/g, ' ').includes(text)),
      );
    };
    const ask = async (text: string, pattern: RegExp): Promise<string> => {
      await workbench.typeIntoChat(text);
      await page.keyboard.press('Enter');
      await asked(text);
      return answered(pattern);
    };
    const step = stepsOf(t);

    await step('the picker, the status bar and the line below the answer agree', async () => {
      await pull('toy:code');
      await pull('toy:chat');
      await workbench.runCommand('OCI Models: Select Model…');
      await until('the mark', async () =>
        (await page.locator('.quick-input-widget').innerText()).includes('current'),
      );
      await shot('0-select');
      await choose('toy:chat');
      await workbench.waitForStatus('toy:chat');
      const text = await ask('@local Say hello.', /tokens of context/);
      assert.match(
        text,
        /toy:chat · [\d.]+ tokens\/s · first text after [\d.]+ s · \d+ of \d+ tokens of context/,
      );
      assert.ok(text.includes(CHAT_REPLY), text);
      await until('the picker', async () => (await pick.innerText()).includes('toy:chat'));
      // Once, because VS Code's own chat is turned off in a new profile.
      await button('Use Local Models in VS Code').waitFor();
      await shot('1-who-answers');
    });

    await step('the commands answer about the selection, and offer what may come next', async () => {
      await workbench.openFile('math.ts');
      await workbench.selectLines(8, 10);
      for (const command of ['tests', 'doc', 'review', 'explain']) {
        const text = await ask(`@local /${command}`, /tokens of context/);
        assert.ok(text.includes(CHAT_REPLY), text);
      }
      await page.getByText('Write tests for this code').waitFor();
      await shot('2-explain');
    });

    await step('/commit without a repository says what to do', async () => {
      await ask('@local /commit', /no changes to commit\. Change a file/);
      await shot('3-commit');
    });

    await step('/model chooses, and the picker follows', async () => {
      await workbench.typeIntoChat('@local /model');
      await page.keyboard.press('Enter');
      await choose('toy:code');
      await answered(/toy:code answers from now on/);
      await until('the picker', async () => (await pick.innerText()).includes('toy:code'));
      await workbench.waitForStatus('toy:code');
      await shot('4-model');
    });

    await step('/fix names the problem, and its code is proposed at the lines', async () => {
      await workbench.selectLines(9, 9);
      const original = await workbench.editorText();
      await workbench.selectLines(9, 9);
      await ask('@local /fix', /tokens of context/);
      await button('Propose in Editor').click();
      await workbench.threadLink('Accept').waitFor();
      await shot('5-proposed');
      await workbench.threadLink('Accept').click();
      const fixed = original.replace('  return a + b;', CODE_LINE);
      await until('the new text', async () => (await workbench.editorText()) === fixed);
      // The keyboard is back in the file; what is typed before that would go there, too.
      await page.locator('.editor-group-container.active .monaco-editor.focused').waitFor();
    });

    await step('/edit proposes at the lines', async () => {
      await workbench.selectLines(9, 9);
      await ask('@local /edit Fix the bug.', /proposed at math\.ts:9/);
      await workbench.thread().waitFor();
      await shot('6-edit');
    });

    await step('the light bulb and the menu have what can be asked', async () => {
      const actions = page.locator('.action-widget');
      const titles = ['Fix', 'Explain', 'Document', 'Write Tests'].map(
        (title) => `${title} with Local Model`,
      );
      // The menu does not change while it is open, problems are found a little later than lines are selected, and the edit
      // that was proposed above may still put the cursor at its lines, which closes the menu.
      await until('the menu with all actions, and a click in it', async () => {
        await page.keyboard.press('Escape');
        await workbench.selectLines(3, 3);
        await page.keyboard.press('Control+.');
        for (const title of titles) await actions.getByText(title).waitFor({ timeout: 3000 });
        await shot('7-light-bulb');
        await actions.getByText('Explain with Local Model').click({ timeout: 3000 });
        return true;
      });
      await asked('/explain');
      await answered(/tokens of context/);
    });

    await step('VS Code’s own chat is set up when the user agrees', async () => {
      await workbench.runCommand('OCI Models: Use Local Models in VS Code’s Chat');
      assert.match(await workbench.dialogText(), /No account is needed.*utility models/);
      await shot('8-native-page');
      await workbench.answerDialog('Turn On');
      await workbench.waitForNotification(/Local models answer in VS Code’s chat/);
      await shot('9-native-on');
      await page.keyboard.press('Escape');
      await workbench.clearNotifications();
    });

    await step('a model that was deleted is answered for, also after reloads', async () => {
      await page.reload();
      await workbench.waitForStatus('toy:code');
      for (const name of ['toy:code', 'toy:chat']) {
        await workbench.openContainer('OCI Models');
        await workbench.clickRowMenu(name, 'Delete Model…');
        await workbench.answerDialog('Delete');
        await until('no row', async () => (await workbench.row(name).count()) === 0);
        const text = await ask(
          `@local Without ${name}?`,
          /tokens of context|no longer on this machine|no model on this machine/,
        );
        assert.doesNotMatch(text, /unavailable/);
        await shot(`10-deleted-${name.replace(':', '-')}`);
      }
      await page.reload();
      await ask('@local And now?', /no longer on this machine|no model on this machine/);
      await shot('11-after-reload');
    });

    await step('the native chat', (t) => editInNativeChat(t, stage));
  });
});
