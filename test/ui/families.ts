/** Models of other packagings than one GGUF for each layer, as a person sees them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { PACKAGED_REPLY } from '../interop/packagers.ts';
import { makeTar } from '../support/archives.ts';
import { ARTIFACT_FIXTURES, fixtureFolder } from '../support/artifactFixtures.ts';
import { buildModelPack } from '../support/buildArtifact.ts';
import { pushLayout } from '../support/layoutRecorder.ts';
import { pushModel } from '../support/pushModel.ts';
import { holdLine, type Stage, stepsOf } from './scenario.ts';

const FIXTURE = 'tinycode-q8_0.gguf';

async function publish(host: string, family: string, name: string): Promise<string> {
  const fixture = ARTIFACT_FIXTURES.find((one) => one.family === family && one.name === name);
  assert.ok(fixture !== undefined);
  await pushLayout(fixtureFolder(fixture), `${host}/${family}/${name}`, 'latest');
  return `${host}/${family}/${name}`;
}

/** A ModelPack whose weights are in a tar. */
async function publishTar(host: string, repository: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-tar-'));
  try {
    const archive = await makeTar(join(folder, 'weights.tar'), join(ROOT, 'test/fixtures'), [FIXTURE]);
    await pushModel(host, repository, 'latest', await buildModelPack([{ path: archive, packing: 'tar' }]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function startPull({ workbench }: Stage, reference: string): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', reference);
  await until('the full name', async () => (await workbench.inputBoxMessage()).includes(':latest'));
  await workbench.acceptInput();
}

async function pull(stage: Stage, reference: string): Promise<void> {
  await startPull(stage, reference);
  await stage.workbench.waitForNotification(/was pulled/, 60_000);
  await stage.workbench.clearNotifications();
}

/** Pulls models of other packagings. */
export async function pullFamilies(t: TestContext, stage: Stage): Promise<void> {
  const step = stepsOf(t);
  const { workbench, host, slowHost, shot } = stage;
  await workbench.openContainer('OCI Models');

  await step('a GGUF in a container image is pulled and answers', async () => {
    await pull(stage, await publish(host, 'container-image', 'scratch-zstd'));
    await workbench.waitForRow(/scratch-zstd.*not loaded/);
    const answer = await workbench.chat('@local What is in the image?');
    assert.ok(answer.includes(PACKAGED_REPLY), answer);
    await shot('family-1-container-image');
  });

  await step('a model in a tar goes on where it stopped, also in another window', async () => {
    await workbench.openContainer('OCI Models');
    await publishTar(host, 'team/packed');
    const reference = `${slowHost}/team/packed`;
    const release = holdLine(stage);
    await startPull(stage, reference);
    await workbench.expandRow('Unfinished Downloads');
    await workbench.waitForRow(/packed.*[1-9][.0-9]* (?:kB |MB )?of 4\.0 MB/);
    await shot('family-2-tar');
    await workbench.clickNotification('Cancel');
    release();
    await workbench.waitForRow(/packed.*paused/);
    await workbench.page.reload();
    await workbench.openContainer('OCI Models');
    await workbench.expandRow('Unfinished Downloads');
    const stopped = await workbench.waitForRow(/packed.*paused/);
    assert.match(stopped, /[1-9][.0-9]* (?:kB |MB )?of 4\.0 MB/);
    await workbench.clickRowAction('packed:latest', 'Resume Download');
    await workbench.waitForNotification(/was pulled and is ready/);
    await workbench.clearNotifications();
    await workbench.waitForRow(/packed.*not loaded/);
    await shot('family-3-tar-pulled');
  });

  await step('safetensors are shown as what they are, with the command that serves them', async () => {
    await workbench.openContainer('OCI Models');
    await startPull(stage, await publish(host, 'docker', 'v0.2-safetensors'));
    await workbench.waitForNotification(
      /was not pulled\. Not runnable here: a safetensors model, which vLLM can serve\./,
    );
    assert.deepEqual(
      (await workbench.treeRows()).filter((row) => row.includes('safetensors')),
      [],
      'nothing of it is here before the user wants it',
    );
    await workbench.clickNotification('Pull Anyway');
    await workbench.waitForNotification(/v0\.2-safetensors.* was pulled\. Not runnable here/, 60_000);
    await workbench.clearNotifications();
    await workbench.waitForRow(
      /v0\.2-safetensors.*not runnable here: a safetensors model, which vLLM can serve/,
    );
    await shot('family-4-safetensors');
    await workbench.clickRowMenu('v0.2-safetensors:latest', 'Copy vLLM Command…');
    await workbench.page
      .locator('.quick-input-widget:visible .monaco-list-row', { hasText: 'Several Machines with Ray' })
      .click();
    await workbench.waitForNotification(/Copied the command that serves .*Add its endpoint/);
    await shot('family-5-vllm-command');
  });
}
