/** Listings of a real docker-registry. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listRepositories, parseRegistryEntry } from '../../src/catalog/index.ts';
import { RegistryClient } from '../../src/oci/index.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushModel } from '../support/pushModel.ts';
import { tagNames } from '../unit/catalog/lists.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';

describe('catalogue', { skip }, () => {
  let server: DockerRegistry;
  const registry = new RegistryClient();
  const list = async (text: string): Promise<string[]> =>
    (await listRepositories(parseRegistryEntry(text), { registry })).map(({ name }) => name);

  before(async () => {
    server = await startDockerRegistry();
    const model = await buildDockerModel([FIXTURE]);
    for (const tag of ['12b', 'latest', '1b']) await pushModel(server.host, 'ai/tinycode', tag, model);
    await pushModel(server.host, 'aid/other', 'v1', model);
  });
  after(async () => {
    await registry.close();
    await server.close();
  });

  test('a host, a namespace and a repository', async () => {
    assert.deepEqual(await list(server.host), ['ai/tinycode', 'aid/other']);
    assert.deepEqual(await list(`${server.host}/ai`), ['ai/tinycode']);
    assert.deepEqual(await list(`${server.host}/ai/tinycode`), ['ai/tinycode']);
    assert.deepEqual(await list(`${server.host}/nobody`), []);
  });

  test('tags in the order of people', async () => {
    const entry = parseRegistryEntry(server.host);
    assert.deepEqual(await tagNames(entry, 'ai/tinycode', { registry }), ['latest', '1b', '12b']);
  });
});
