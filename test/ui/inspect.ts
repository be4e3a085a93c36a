/** What a tag is, before anything of it is pulled: its tooltip, and “Inspect Model…”. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '../../scripts/support/workbench.ts';
import { fixtureFolder } from '../support/artifactFixtures.ts';
import { pushLayout } from '../support/layoutRecorder.ts';
import { type Stage, stepsOf } from './scenario.ts';

/** Looks at a tag, whose model is pulled at the end; no tag is in the store before. */
export async function lookAtTag(t: TestContext, { workbench, host, shot }: Stage): Promise<void> {
  const step = stepsOf(t);
  const { page } = workbench;
  await workbench.openContainer('OCI Models');
  await workbench.expandRow(host);
  await workbench.expandRow('ai/tinycode');
  await workbench.waitForRow(/^latest/);

  await step('its tooltip says what it is and whether it fits', async () => {
    const tooltip = page.locator('.monaco-hover', { hasText: 'Parameters' });
    await until('the tooltip', async () => {
      await workbench.row('latest').hover();
      await page.waitForTimeout(1_500);
      return (await tooltip.count()) > 0;
    });
    const text = await tooltip.first().innerText();
    assert.match(text, /Q8_0/);
    assert.match(text, /fits|runs on the CPU/);
    await shot('tag-1-tooltip');
  });

  await step('“Inspect Model…” shows it as rows, and pulls it', async () => {
    await workbench.clickRowMenu('latest', 'Inspect Model…');
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'Q8_0' }).waitFor();
    // The box fades in.
    await page.waitForTimeout(500);
    await shot('tag-2-inspect');
    const texts = (await rows.allInnerTexts()).join('\n');
    for (const expected of [/Quantization/, /Parameters/, /context/i, /fits|runs on the CPU/])
      assert.match(texts, expected);
    await rows.filter({ hasText: 'Pull OCI Model' }).click();
    await workbench.waitForNotification(/was pulled and is ready/, 60_000);
    await workbench.waitForRow(/tinycode:latest 4\.0 MB/);
    await workbench.clearNotifications();
  });

  await step('a model in a container image is told the same way', async () => {
    const name = `${host}/container-image/ramalama-raw`;
    const fixture = { family: 'container-image', name: 'ramalama-raw', format: 'gguf', files: [] } as const;
    await pushLayout(fixtureFolder(fixture), name, 'latest');
    await workbench.runCommand('OCI Models: Inspect Model');
    await workbench.typeIntoInputBox('Inspect Model', name);
    await until('the full name', async () => (await workbench.inputBoxMessage()).includes(':latest'));
    await workbench.acceptInput();
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'F16' }).waitFor();
    await page.waitForTimeout(500);
    await shot('tag-3-container-image');
    const texts = (await rows.allInnerTexts()).join('\n');
    for (const expected of [/56\.4K/, /8,192 tokens/, /runs on the CPU/, /container-image, gguf/])
      assert.match(texts, expected);
  });
}

/** Inspects a tag that was pulled after its registry has ended. */
export async function lookAtTagAlone({ workbench, host, closeRegistry, shot }: Stage): Promise<void> {
  const { page } = workbench;
  await workbench.expandRow(host);
  await workbench.expandRow('ai/tinycode');
  await workbench.waitForRow(/^latest/);
  await closeRegistry();
  await workbench.clickRowMenu('latest', 'Inspect Model…');
  const list = page.locator('.quick-input-list');
  await until('the facts', async () => {
    const text = await list.innerText();
    return text.includes('From this machine, because') && text.includes('Q8_0');
  });
  // The box fades in.
  await page.waitForTimeout(500);
  await shot('tag-4-registry-gone');
  await page.keyboard.press('Escape');
}
