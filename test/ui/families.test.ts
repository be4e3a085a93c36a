/** Models of other packagings than one GGUF for each layer, as a person sees them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { PACKAGED_REPLY } from '../interop/packagers.ts';
import { ARTIFACT_FIXTURES, fixtureFolder } from '../support/artifactFixtures.ts';
import { pushLayout } from '../support/layoutRecorder.ts';
import { onStage, type Stage } from './scenario.ts';

async function publish(host: string, family: string, name: string): Promise<string> {
  const fixture = ARTIFACT_FIXTURES.find((one) => one.family === family && one.name === name);
  assert.ok(fixture !== undefined);
  await pushLayout(fixtureFolder(fixture), `${host}/${family}/${name}`, 'latest');
  return `${host}/${family}/${name}`;
}

async function pull({ workbench }: Stage, reference: string): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', reference);
  await until('the full name', async () => (await workbench.inputBoxMessage()).includes(':latest'));
  await workbench.acceptInput();
  await workbench.waitForNotification(/was pulled/, 60_000);
  await workbench.clearNotifications();
}

test('models of other packagings', async (t) => {
  await onStage('families', { extension: ROOT }, async (stage) => {
    const { workbench, host, shot } = stage;
    await workbench.openContainer('OCI Models');

    await t.test('a GGUF in a container image is pulled and answers', async () => {
      await pull(stage, await publish(host, 'container-image', 'scratch-zstd'));
      await workbench.waitForRow(/scratch-zstd.*not loaded/);
      const answer = await workbench.chat('@local What is in the image?');
      assert.ok(answer.includes(PACKAGED_REPLY), answer);
      await shot('1-container-image');
    });

    await t.test('safetensors are shown as what they are, with the command that serves them', async () => {
      await workbench.openContainer('OCI Models');
      await pull(stage, await publish(host, 'docker', 'v0.2-safetensors'));
      await workbench.waitForRow(/v0\.2-safetensors.*not runnable here: safetensors, serve it with vLLM/);
      await shot('2-safetensors');
      await workbench.clickRowMenu('v0.2-safetensors:latest', 'Copy vLLM Command');
      await workbench.waitForStatus('was copied');
      await shot('3-vllm-command');
    });
  });
});
