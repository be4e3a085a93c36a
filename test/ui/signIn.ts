import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { SAMPLE_GGUF } from '../../scripts/support/sample.ts';
import { until, type Workbench } from '../../scripts/support/workbench.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { HTPASSWD, LOGIN, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushModel } from '../support/pushModel.ts';
import { changeSetting, type Stage } from './scenario.ts';

async function typeLogin(workbench: Workbench, host: string, password: string): Promise<void> {
  // Slower than VS Code's protection against too many notifications at once, as a person is.
  await workbench.page.waitForTimeout(1000);
  await workbench.typeIntoInputBox(`Sign In to ${host}`, LOGIN.username);
  await workbench.acceptInput();
  await until('the password box', async () =>
    (await workbench.page.locator('.quick-input-widget:visible').innerText()).includes('Password'),
  );
  await workbench.typeIntoInputBox(`Sign In to ${host}`, password);
  await workbench.acceptInput();
}

/** Logins that the machine has would help: the stage must be without them. */
export async function signIn(t: TestContext, stage: Stage): Promise<void> {
  const { workbench, shot } = stage;
  const registry = await startDockerRegistry({ htpasswd: HTPASSWD });
  t.after(() => registry.close());
  const built = await buildDockerModel([SAMPLE_GGUF]);
  await pushModel(registry.host, 'team/tinycode', 'latest', built, LOGIN);
  await changeSetting(stage.server, 'ociModels.registries', [registry.host]);

  const { host } = registry;
  await workbench.openContainer('OCI Models');
  await workbench.expandRow(host);
  const row = await workbench.waitForRow(/Sign in to list|requires a sign-in/);
  t.diagnostic(row);
  await workbench.row(host).first().click({ button: 'right' });
  const menu = workbench.page.locator('.monaco-menu:visible');
  await menu.locator('.action-menu-item', { hasText: 'Sign In' }).waitFor();
  await shot('1-row');
  assert.ok(!(await menu.innerText()).includes('Sign Out'), 'nobody is signed in');
  await workbench.page.keyboard.press('Escape');

  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', `${host}/team/tinycode`);
  await workbench.acceptInput();
  t.diagnostic(await workbench.waitForNotification(/Sign in to list|requires a sign-in/));
  await workbench.clickNotification('Sign In');
  await typeLogin(workbench, host, 'wrong');
  t.diagnostic(await workbench.waitForNotification(/Wrong user name or password|denied|Check the user name/));
  await shot('2-refused');
  await workbench.clearNotifications();

  await workbench.runCommand('OCI Models: Sign In to Registry…');
  await until('the list of registries', async () =>
    (await workbench.page.locator('.quick-input-widget:visible').innerText()).includes(host),
  );
  await workbench.page.locator('.quick-input-widget:visible .monaco-list-row', { hasText: host }).click();
  await typeLogin(workbench, host, LOGIN.password);
  t.diagnostic(await workbench.waitForNotification(/Signed in to .* as tester/));
  await workbench.clearNotifications();
  // The registry is asked again without another click.
  await workbench.expandRow('team/tinycode');
  await workbench.clickRowAction('latest', 'Pull OCI Model');
  await workbench.waitForNotification(/was pulled and is ready/);
  await workbench.waitForRow(/tinycode:latest 4\.0 MB/);
  await shot('3-pulled');
  await workbench.clearNotifications();

  const { page } = workbench;
  const facts = page.locator('.quick-input-widget:visible', { hasText: 'Choose a row to copy it' });
  await workbench.row('tinycode:latest').click();
  await page.keyboard.press('Enter');
  await facts.waitFor();
  await shot('4-enter');
  await page.keyboard.press('Escape');
  await facts.waitFor({ state: 'hidden' });
  // Enter is for the row with the focus, though another one is still selected.
  await until('the focus on the next row', async () => {
    // The rows may not have the keyboard back at once. It is the last one, so another key moves nothing.
    await page.keyboard.press('ArrowDown');
    return page.locator('.monaco-list-row.focused:visible', { hasText: 'Disk Use' }).isVisible();
  });
  await page.keyboard.press('Enter');
  await page.locator('.tab', { hasText: 'Disk Use' }).waitFor();
  assert.equal(await facts.count(), 0);

  await workbench.clickRowMenu(host, 'Sign Out');
  await workbench.waitForNotification(/Signed out of/);
  await until('the row that asks for a sign-in', async () => {
    const rows = await workbench.treeRows();
    return rows.some((text) => /Sign in to list|requires a sign-in/.test(text));
  });
  assert.ok(
    (await workbench.treeRows()).some((text) => text.startsWith('tinycode:latest')),
    'the model stays',
  );
}
