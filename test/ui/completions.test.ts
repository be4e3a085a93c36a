/** Code completions as a person sees them, with the model that was trained for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { onStage } from './scenario.ts';

/** The body of a function in the sample workspace, which the model has from the one above. */
const BODY = `return \`Hello, \${name}!\`;`;

test('code completions', { timeout: 600_000 }, async (t) => {
  await onStage('completions', { extension: ROOT }, async ({ workbench, host, shot }) => {
    const { page } = workbench;
    const ghost = page.locator('[class*="ghost-text-decoration"]');
    const shown = async (): Promise<string> =>
      (await ghost.allInnerTexts()).join('').replaceAll('\u00a0', ' ');
    const settles = async (text: string): Promise<void> => {
      try {
        await until(`ghost text “${text}”`, async () => (await shown()) === text, 30_000);
      } catch (error) {
        await shot('failure');
        throw error;
      }
    };
    /** Selects the body of the last function. */
    const selectBody = async (): Promise<void> => {
      await page.keyboard.press('Control+End');
      for (const key of ['ArrowUp', 'ArrowUp', 'End', 'Shift+Home']) await page.keyboard.press(key);
    };

    await t.test('begin when a model is chosen in its row', async () => {
      await workbench.openContainer('OCI Models');
      await workbench.runCommand('OCI Models: Pull OCI Model');
      await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/tinycode`);
      await workbench.acceptInput();
      await workbench.waitForNotification(/tinycode:latest was pulled and is ready/);
      await workbench.clearNotifications();
      await workbench.clickRowMenu('tinycode:latest', 'Use for Code Completions…');
      await workbench.waitForRow(/tinycode:latest .*· loaded/);
    });

    await t.test('come while the user edits, and Tab takes them', async () => {
      await workbench.openFile('math.ts');
      const original = await workbench.editorText();
      assert.ok(original.includes(BODY), original);
      await selectBody();
      await page.keyboard.press('Delete');
      await settles(BODY);
      await shot('01-ghost');
      await page.keyboard.press('Tab');
      await until('the text', async () => (await workbench.editorText()) === original, 30_000);
    });

    await t.test('stay along with what is typed, go with Escape, and come back by hand', async () => {
      await selectBody();
      await page.keyboard.press('Delete');
      await settles(BODY);
      await page.keyboard.type('re');
      await settles(BODY.slice(2));
      await shot('02-along');
      await page.keyboard.press('Escape');
      await until('no ghost text', async () => (await shown()) === '', 30_000);
      await workbench.runCommand('Trigger Inline Suggestion');
      await settles(BODY.slice(2));
      await page.keyboard.press('Control+ArrowRight');
      await settles(BODY.slice('return'.length));
    });
  });
});
