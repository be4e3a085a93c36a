/** The registry client against a real docker-registry. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestOf, parseReference, RegistryClient } from '../../src/oci/index.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import {
  type DockerRegistry,
  HTPASSWD,
  hasDockerRegistry,
  LOGIN,
  startDockerRegistry,
} from '../support/dockerRegistry.ts';
import { pushModel } from '../support/pushModel.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';

describe('open registry', { skip }, () => {
  let server: DockerRegistry;
  let model: BuiltModel;
  const client = new RegistryClient();

  before(async () => {
    server = await startDockerRegistry();
    model = await buildDockerModel([FIXTURE]);
    await pushModel(server.host, 'ai/tinycode', 'latest', model);
    await pushModel(server.host, 'ai/tinycode', 'Q8_0', model);
    await pushModel(server.host, 'other/tinycode', 'v1', model);
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  test('ping', async () => {
    await client.ping(server.host);
  });

  test('resolve by tag and by digest', async () => {
    const byTag = await client.resolve(parseReference(`${server.host}/ai/tinycode`));
    assert.deepEqual(byTag.descriptor, model.manifestDescriptor);
    assert.deepEqual(byTag.bytes, model.manifest);
    assert.equal(byTag.reference.tag, 'latest');
    assert.equal(byTag.reference.digest, model.manifestDescriptor.digest);
    assert.deepEqual(byTag.manifest.config, { ...model.configDescriptor });
    const { digest } = model.manifestDescriptor;
    const byDigest = await client.resolve(parseReference(`${server.host}/ai/tinycode@${digest}`));
    assert.deepEqual(byDigest.bytes, model.manifest);
  });

  test('config and a part of a blob', async () => {
    const reference = parseReference(`${server.host}/ai/tinycode`);
    const config = await client.readBlob(reference, model.configDescriptor, { maxBytes: 1 << 20 });
    assert.deepEqual(config, model.config);
    const layer = model.layers[0]?.descriptor;
    assert.ok(layer);
    const offset = layer.size - 1000;
    const part = await client.fetchBlob(reference, layer, { offset });
    assert.equal(part.offset, offset);
    let length = 0;
    for await (const piece of part.body) length += piece.length;
    assert.equal(length, 1000);
    const whole = await client.fetchBlob(reference, layer);
    const pieces: Uint8Array[] = [];
    for await (const piece of whole.body) pieces.push(piece);
    assert.equal(digestOf(Buffer.concat(pieces)), layer.digest);
  });

  test('tags and repositories', async () => {
    assert.deepEqual((await client.tags(server.host, 'ai/tinycode')).sort(), ['Q8_0', 'latest']);
    assert.deepEqual(await client.repositories(server.host), ['ai/tinycode', 'other/tinycode']);
  });

  test('what is not there', async () => {
    const missing = parseReference(`${server.host}/ai/nothing:v9`);
    await assert.rejects(client.resolve(missing), {
      code: 'not-found',
      message: /ai\/nothing:v9.*MANIFEST_UNKNOWN/,
    });
    await assert.rejects(client.tags(server.host, 'ai/nothing'), { code: 'not-found' });
  });
});

describe('registry with a login', { skip }, () => {
  let server: DockerRegistry;
  before(async () => {
    server = await startDockerRegistry({ htpasswd: HTPASSWD });
    await pushModel(server.host, 'ai/private', 'latest', await buildDockerModel([FIXTURE]), LOGIN);
  });
  after(() => server.close());

  test('anonymous access asks for a sign-in', async (t) => {
    const client = new RegistryClient();
    t.after(() => client.close());
    const reference = parseReference(`${server.host}/ai/private`);
    await assert.rejects(client.resolve(reference), { code: 'auth-required', registry: server.host });
  });

  test('a wrong password is denied, and not shown', async (t) => {
    const credentials = { get: async () => ({ username: 'tester', password: 'hunter2' }) };
    const client = new RegistryClient({ credentials });
    t.after(() => client.close());
    await assert.rejects(client.resolve(parseReference(`${server.host}/ai/private`)), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'auth-denied');
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /hunter2/);
      return true;
    });
  });

  test('the right login', async (t) => {
    const asked: string[] = [];
    const credentials = {
      get: async (registry: string) => {
        asked.push(registry);
        return LOGIN;
      },
    };
    const client = new RegistryClient({ credentials });
    t.after(() => client.close());
    const reference = parseReference(`${server.host}/ai/private`);
    const { manifest } = await client.resolve(reference);
    assert.ok(manifest.config);
    await client.readBlob(reference, manifest.config, { maxBytes: 1 << 20 });
    assert.deepEqual(await client.tags(server.host, 'ai/private'), ['latest']);
    assert.deepEqual(asked, [server.host], 'the login is fetched once for one scope');
  });
});
