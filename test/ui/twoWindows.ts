/** Two windows of VS Code with one store. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { RESULTS } from '../../scripts/support/paths.ts';
import { until, Workbench } from '../../scripts/support/workbench.ts';
import { holdLine, type Stage, stepsOf } from './scenario.ts';

async function startPull(workbench: Workbench, reference: string): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', reference);
  await until('the full name', async () => (await workbench.inputBoxMessage()).includes(':latest'));
  await workbench.acceptInput();
}

/** Needs a store without the model. Afterwards both windows have it, and the second one is closed. */
export async function pullInTwoWindows(t: TestContext, stage: Stage): Promise<void> {
  const step = stepsOf(t);
  const { workbench: first, server, slowHost, line, shot } = stage;
  const browser = first.page.context().browser();
  assert.ok(browser !== null);
  const second = await Workbench.open(browser, server.url);
  try {
    const release = holdLine({ line });
    const reference = `${slowHost}/ai/tinycode`;
    for (const workbench of [first, second]) await workbench.openContainer('OCI Models');

    await step('the second one shows how far the first one is', async () => {
      await startPull(first, reference);
      await first.waitForNotification(/[1-9][0-9.]* (kB|MB)? ?of/);
      await second.expandRow('Unfinished Downloads');
      await second.waitForRow(/tinycode.*downloading in another window/);
      await startPull(second, reference);
      await second.waitForNotification(/[1-9][0-9.]* (kB|MB)? ?of/);
      await second.screenshot(join(RESULTS, 'windows', '1-second.png'));
    });

    await step('and goes on where the first one is cancelled', async () => {
      await first.clickNotification('Cancel');
      release();
      const done = await second.waitForNotification(/was pulled and is ready/);
      assert.match(done, /tinycode/);
      await second.waitForRow(/tinycode.*not loaded/);
      await second.screenshot(join(RESULTS, 'windows', '2-second-pulled.png'));
    });

    await step('and the first one has the model too', async () => {
      await first.waitForRow(/tinycode.*not loaded/);
      assert.ok((await first.treeRows()).every((row) => !row.includes('Unfinished')));
      await shot('3-first');
    });
  } finally {
    await second.close();
  }
}
