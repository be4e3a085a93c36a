import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { SAMPLE_GGUF } from '../../scripts/support/sample.ts';
import { until, type Workbench } from '../../scripts/support/workbench.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { HTPASSWD, LOGIN, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushModel } from '../support/pushModel.ts';
import { onStage } from './scenario.ts';

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

test('signing in to a private registry', { timeout: 900_000 }, async (t) => {
  const registry = await startDockerRegistry({ htpasswd: HTPASSWD });
  t.after(() => registry.close());
  const built = await buildDockerModel([SAMPLE_GGUF]);
  await pushModel(registry.host, 'team/tinycode', 'latest', built, LOGIN);
  // Logins of the machine that runs the test must not help.
  const emptyConfig = await mkdtemp(join(tmpdir(), 'oci-models-docker-'));
  t.after(() => rm(emptyConfig, { recursive: true, force: true }));
  const env = {
    DOCKER_CONFIG: emptyConfig,
    DOCKER_AUTH_CONFIG: '',
    REGISTRY_AUTH_FILE: join(emptyConfig, 'none'),
  };
  const source = { extension: ROOT, env, registries: [registry.host] };

  await onStage('sign-in', source, async ({ workbench, shot }) => {
    const { host } = registry;
    await workbench.openContainer('OCI Models');
    await workbench.expandRow(host);
    const row = await workbench.waitForRow(/Sign in to list|requires a sign-in/);
    t.diagnostic(row);
    await shot('1-row');

    await workbench.runCommand('OCI Models: Pull OCI Model');
    await workbench.typeIntoInputBox('Pull OCI Model', `${host}/team/tinycode`);
    await workbench.acceptInput();
    t.diagnostic(await workbench.waitForNotification(/Sign in to list|requires a sign-in/));
    await workbench.clickNotification('Sign In');
    await typeLogin(workbench, host, 'wrong');
    t.diagnostic(
      await workbench.waitForNotification(/Wrong user name or password|denied|Check the user name/),
    );
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
  });
});
