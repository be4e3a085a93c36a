/** The main job as a person does it, once: pull the sample model, see it, chat with it. */
import { shortDigest } from '../../src/oci/spec/digest.ts';
import { SAMPLE_REPOSITORY } from './sample.ts';
import { until, type Workbench } from './workbench.ts';

const QUESTION = 'Write a TypeScript function that adds two numbers.';

/** What the registry's answer says of the sample model. */
async function remoteManifest(host: string): Promise<{ digest: string; bytes: number }> {
  const response = await fetch(`http://${host}/v2/${SAMPLE_REPOSITORY}/manifests/latest`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  if (!response.ok) throw new Error(`The sample registry answers ${response.status}.`);
  const manifest = (await response.json()) as { layers: { size: number }[] };
  const bytes = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
  return { digest: response.headers.get('docker-content-digest') ?? '', bytes };
}

/**
 * Does the main job and says line by line what happened.
 * @throws Error with the reason where a step does not work.
 */
export async function doMainJob(
  workbench: Workbench,
  host: string,
  say: (line: string) => void,
): Promise<void> {
  const { digest, bytes } = await remoteManifest(host);
  await workbench.openContainer('OCI Models');
  await workbench.expandRow(host);
  await workbench.expandRow(SAMPLE_REPOSITORY);
  await workbench.waitForRow(/^latest/);
  for (const row of await workbench.treeRows()) say(`registries view: ${row}`);

  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', `${host}/${SAMPLE_REPOSITORY}`);
  const normalised = await until('the normalised reference', async () => {
    const message = await workbench.inputBoxMessage();
    return message.includes('Pulls') ? message : undefined;
  });
  say(`input box: ${normalised.split('\n')[0]}`);
  await workbench.acceptInput();
  say(`notification: ${await workbench.waitForNotification(/pulled and is ready/)}`);
  say(`pulled ${bytes} bytes of weights, manifest ${shortDigest(digest)}`);

  const row = await workbench.waitForRow(/tinycode:latest/);
  say(`local models view: ${row}`);
  const answer = await workbench.chat(`@local ${QUESTION}`);
  say(`asked: ${QUESTION}`);
  for (const line of answer.split('\n')) say(`answered: ${line}`);
  if (!/return\s+\w+\s*\+\s*\w+/.test(answer)) throw new Error('The answer is not a function that adds.');
  await workbench.waitForStatus('tinycode:latest');
  say(`local models view: ${await workbench.waitForRow(/tinycode:latest.*loaded/)}`);
}
