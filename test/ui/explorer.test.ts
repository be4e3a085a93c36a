/** From a first look at Docker Hub, served on this machine, to models that were set up and a first answer. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { startHub } from '../support/hubServer.ts';
import { pushModel } from '../support/pushModel.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { CHAT_REPLY, FILLED } from '../support/toyReplies.ts';
import { changeSetting, onStage, stepsOf } from './scenario.ts';

/** Pixels of a narrow window. */
const WIDTH = 1024;
/** Themes, with the class that the workbench has then. */
const THEMES = [
  ['Default Dark Modern', 'vs-dark'],
  ['Default High Contrast', 'hc-black'],
  ['Default High Contrast Light', 'hc-light'],
] as const;

/** The mark of a step of the walkthrough that is done. */
const DONE = '.getting-started-step .codicon-getting-started-step-checked';

/** The models of the set-up, under the names that are proposed. */
async function pushProposed(host: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-explorer-'));
  try {
    const chat = join(folder, 'chat.gguf');
    const fim = join(folder, 'fim.gguf');
    await writeToyGguf(chat, { reply: CHAT_REPLY, name: 'Toy chat', startsAfterSpace: true });
    await writeToyGguf(fim, { reply: CHAT_REPLY, infill: FILLED, name: 'Toy FIM' });
    await pushModel(host, 'ai/smollm2', '135M-Q4_K_M', await buildDockerModel([chat]));
    await pushModel(host, 'ai/smollm2', '360M-Q4_K_M', await buildDockerModel([chat]));
    await pushModel(host, 'ai/granite-4.0-h-nano', '350M-Q8_0', await buildDockerModel([fim]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('from the catalogue to the first answer', { timeout: 600_000 }, async (t) => {
  const hub = await startHub();
  t.after(() => hub.close());
  const settings = (host: string) => ({
    'ociModels.registryApis': { 'docker.io': `http://${hub.host}` },
    'ociModels.registryMirrors': { 'docker.io': [`http://${host}`] },
  });
  await onStage('explorer', { extension: ROOT, registries: ['docker.io/ai'], settings }, async (stage) => {
    const { workbench, shot, host } = stage;
    const { page } = workbench;
    const list = page.locator('.quick-input-widget');
    /** @param title tells the list from the one before, which may have such a row too. */
    const choose = async (text: string, title = ''): Promise<void> => {
      await until(`a row with “${text}”`, async () => {
        const shown = await list.innerText();
        return shown.includes(title) && shown.includes(text);
      });
      await list.locator('.monaco-list-row', { hasText: text }).first().click();
    };
    const step = stepsOf(t);
    await pushProposed(host);

    await step('nothing is asked before a registry is opened, and then its list has the pulls', async () => {
      await workbench.openContainer('OCI Models');
      await workbench.waitForRow(/^docker\.io\/ai Docker Hub/);
      assert.equal(hub.requests.length, 0);
      const title = page.locator('.pane-header', { hasText: 'Local Models' });
      await until('the machine', async () => (await title.innerText()).includes(`on ${hostname()}`));
      await shot('1-welcome');
      await workbench.expandRow('docker.io/ai');
      await workbench.waitForRow(/^qwen3 912\.3K pulls/);
      await workbench.expandRow('smollm2');
      await workbench.waitForRow(/^360M-Q4_K_M 271 MB/);
      await shot('2-catalogue');
      await workbench.clickRowMenu('smollm2', 'Pull OCI Model');
      await until('its tags', async () => (await list.innerText()).includes('360M-Q4_K_M'));
      await shot('2-tags-to-pull');
      await page.keyboard.press('Escape');
    });

    await step('a filter leaves what matches', async () => {
      await workbench.runCommand('OCI Models: Filter Repositories…');
      await workbench.typeIntoInputBox('Filter Repositories', 'coder');
      await workbench.acceptInput();
      await workbench.waitForRow(/^Only repositories with “coder”/);
      const rows = await workbench.treeRows();
      assert.ok(rows.some((row) => row.startsWith('qwen3-coder')));
      assert.ok(!rows.some((row) => row.startsWith('gemma3')));
      await shot('3-filter');
      await workbench.clickRowAction('Only repositories with “coder”', 'Clear Filter');
      await workbench.waitForRow(/^gemma3/);
    });

    await step('a search finds known models by their use', async () => {
      await workbench.runCommand('OCI Models: Search Models…');
      await until('the filters', async () => (await list.innerText()).includes('@fim'));
      await shot('4-search');
      await workbench.typeIntoInputBox('Search Models', 'granite @fim');
      await until('a model', async () => (await list.innerText()).includes('granite-4.0-h-nano'));
      await until('the end of the search', async () => !(await list.innerText()).includes('Searching'));
      await shot('5-found');
      await page.keyboard.press('Escape');
    });

    await step('the walkthrough has four steps', async () => {
      await workbench.runCommand('Welcome: Open Walkthrough');
      await choose('Start with Local Models');
      await page.locator('.gettingStartedContainer', { hasText: 'Edit code in place' }).waitFor();
      assert.equal(await page.locator(DONE).count(), 0);
    });

    await step('the set-up proposes, is changed, pulls both and gets a first answer', async () => {
      await workbench.runCommand('OCI Models: Set Up Local Coding Help');
      await until('the proposal', async () => (await list.innerText()).includes('Chat and edits'));
      await shot('6-proposal');
      await choose('Chat and edits');
      await choose('smollm2:135M-Q4_K_M', 'Model for Chat and Edits');
      await choose('Code completions', 'Set Up Local Coding Help');
      await choose('granite-4.0-h-nano:350M-Q8_0', 'Model for Code Completions');
      await choose('Download and Use These Models', 'Set Up Local Coding Help');
      const answer = await workbench.finishedAnswer(0);
      assert.ok(answer.includes(CHAT_REPLY.trim().slice(0, 20)), answer);
      await workbench.waitForStatus('smollm2:135M-Q4_K_M');
      await workbench.waitForRow(/^granite-4\.0-h-nano:350M-Q8_0/);
      // The step of the walkthrough about models.
      await page.locator(DONE).first().waitFor();
      await shot('7-first-answer');
    });

    await step('the status bar opens the state of everything', async () => {
      await page
        .locator('.part.statusbar .statusbar-item', { hasText: 'smollm2:135M-Q4_K_M' })
        .first()
        .click();
      await until('the menu', async () => (await list.innerText()).includes('Models on this machine'));
      await shot('8-status');
      await page.keyboard.press('Escape');
    });

    await step('a narrow window has all of it, in dark and in high contrast', async () => {
      await page.setViewportSize({ width: WIDTH, height: 768 });
      for (const [theme, look] of THEMES) {
        await changeSetting(stage.server, 'workbench.colorTheme', theme);
        await page.locator(`.monaco-workbench.${look}`).waitFor();
        await shot(`10-${look}-views`);
        await workbench.runCommand('OCI Models: Pull OCI Model');
        await until('suggestions', async () => (await list.innerText()).includes('smollm2:360M-Q4_K_M'));
        const box = await list.boundingBox();
        assert.ok(
          box !== null && box.x >= 0 && box.x + box.width <= WIDTH,
          `${theme}: ${JSON.stringify(box)}`,
        );
        await shot(`10-${look}-pull`);
        await page.keyboard.press('Escape');
        await workbench.runCommand('OCI Models: Set Up Local Coding Help');
        await until('the proposal', async () => (await list.innerText()).includes('Chat and edits'));
        await shot(`10-${look}-set-up`);
        await page.keyboard.press('Escape');
      }
      await changeSetting(stage.server, 'workbench.colorTheme', undefined);
      await page.setViewportSize({ width: 1400, height: 900 });
    });

    await step('offline the list of before is shown with its age', async () => {
      await workbench.runCommand('Preferences: Toggle between Light/Dark Themes');
      await hub.close();
      await workbench.runCommand('OCI Models: Refresh Registries');
      await workbench.waitForRow(/^Offline: the list of this minute/);
      await workbench.waitForRow(/^gemma3/);
      await shot('9-offline-dark');
    });
  });
});
