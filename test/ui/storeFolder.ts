/** Another folder for the models, in a real VS Code: they move along, and a folder with other files stays as it is. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from '../../scripts/support/workbench.ts';
import { changeSetting, type Stage, stepsOf } from './scenario.ts';

/** Needs a store with one model, and leaves a window that has to be reloaded. */
export async function moveStore(t: TestContext, stage: Stage): Promise<void> {
  const step = stepsOf(t);
  const { workbench, host, store, shot } = stage;
  await workbench.openContainer('OCI Models');
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/toy:chat`);
  await workbench.acceptInput();
  await workbench.waitForRow(/toy:chat/);
  await workbench.clearNotifications();
  const next = join(dirname(store), 'next');

  await step('is offered the models, which move with their content', async () => {
    await changeSetting(stage.server, 'ociModels.storePath', next);
    await workbench.waitForNotification(/Move the 2 models in .* to .*next/);
    await shot('offer');
    await workbench.clickNotification('Move Models');
    await workbench.waitForNotification(/Models moved: 2\. Reload the window/);
    await shot('moved');
    await workbench.clickNotification('Reload Window');
    await workbench.page.locator('.monaco-workbench .part.statusbar').waitFor();
    await workbench.openContainer('OCI Models');
    await workbench.waitForRow(/toy:chat/);
    assert.equal((await readdir(join(next, 'refs'))).length, 2);
    assert.deepEqual(await readdir(join(store, 'refs')), []);
    assert.deepEqual(await readdir(join(store, 'blobs', 'sha256')), []);
    await shot('after-reload');
  });

  await step('with other files in it stays as it is, and a folder in it is offered', async () => {
    const used = join(dirname(store), 'used');
    await mkdir(join(used, 'models', 'mine'), { recursive: true });
    await writeFile(join(used, 'models', 'mine', 'thesis.txt'), 'of mine');
    await changeSetting(stage.server, 'ociModels.storePath', used);
    await workbench.waitForNotification(/Move the 2 models in/);
    await workbench.clickNotification('Move Models');
    await workbench.waitForNotification(/has other files in it/);
    await shot('in-use');
    await until('nothing else', async () => (await readdir(used)).length === 1);
    assert.equal(await readFile(join(used, 'models', 'mine', 'thesis.txt'), 'utf8'), 'of mine');
    assert.equal((await readdir(join(next, 'refs'))).length, 2);
    await workbench.clickNotification('Use Subfolder');
    await until('the setting', async () => {
      const path = join(stage.server.dataDir, 'data', 'Machine', 'settings.json');
      const user = join(stage.server.dataDir, 'data', 'User', 'settings.json');
      const texts = await Promise.all([path, user].map((file) => readFile(file, 'utf8').catch(() => '')));
      return texts.some((text) => text.includes(join(used, 'oci-models')));
    });
    await shot('subfolder');
  });
}
