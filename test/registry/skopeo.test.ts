/** skopeo as a peer: what it pushes we pull, what we push it pulls, and both are the same bytes. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findProgram, SKOPEO } from '../../scripts/support/debian.ts';
import { runProgram } from '../../scripts/support/process.ts';
import { formatReference, parseReference, type Reference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { pullModel } from '../../src/transfer/index.ts';
import { makeTar } from '../support/archives.ts';
import { buildImage } from '../support/buildArtifact.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { layoutManifests, readLayoutBlob, writeLayout } from '../support/ociLayout.ts';
import { pushBuiltModel } from '../support/pushBuilt.ts';
import { startTokenServer, type TokenServer } from '../support/tokenServer.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const LOGIN = { username: 'peer', password: 'peer-password' };
const skip = !hasDockerRegistry()
  ? 'docker-registry is not installed'
  : findProgram(SKOPEO) === undefined
    ? 'skopeo is not installed'
    : false;

async function skopeo(...args: readonly string[]): Promise<string> {
  const { code, output } = await runProgram(findProgram(SKOPEO) ?? 'skopeo', ['--insecure-policy', ...args]);
  assert.equal(code, 0, output);
  return output;
}

describe('skopeo', { skip }, () => {
  let tokens: TokenServer;
  let server: DockerRegistry;
  let model: BuiltModel;
  let folder: string;
  const client = new RegistryClient({ credentials: { get: async () => LOGIN } });
  const creds = `${LOGIN.username}:${LOGIN.password}`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-skopeo-'));
    tokens = await startTokenServer({ login: LOGIN });
    server = await startDockerRegistry({ token: tokens });
    model = await buildDockerModel([FIXTURE]);
  });
  after(async () => {
    await client.close();
    await server.close();
    await tokens.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('inspects a model of which only the files in its layer are kept', async (t) => {
    const open = await startDockerRegistry();
    t.after(() => open.close());
    const archive = await makeTar(join(folder, 'model.tar.zst'), dirname(FIXTURE), [basename(FIXTURE)]);
    const image = await buildImage([archive], '+zstd');
    const layout = join(folder, 'image');
    await writeLayout(layout, image, 'v1');
    const name = `${open.host}/peer/image:v1`;
    await skopeo(
      'copy',
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci:${layout}:v1`,
      `docker://${name}`,
    );
    const registry = new RegistryClient();
    t.after(() => registry.close());
    const store = await ModelStore.open(join(folder, 'sparse'));
    await pullModel(parseReference(name), { registry, store });
    const stored = `oci:${store.root}:${name}`;
    assert.deepEqual(
      JSON.parse(await skopeo('inspect', '--raw', stored)),
      JSON.parse(image.manifest.toString()),
    );
    const { Layers } = JSON.parse(await skopeo('inspect', stored));
    assert.deepEqual(Layers, [image.layers[0]?.descriptor.digest]);
    // A copy needs the layer, which is not there any more, and says so.
    const { code, output } = await runProgram(findProgram(SKOPEO) ?? 'skopeo', [
      '--insecure-policy',
      'copy',
      stored,
      `oci:${join(folder, 'again')}:v1`,
    ]);
    assert.notEqual(code, 0);
    assert.match(output, /no such file/);
  });

  test('what it pushes is pulled', async () => {
    const layout = join(folder, 'out');
    await writeLayout(layout, model, 'v1');
    const target = `docker://${server.host}/peer/pushed:v1`;
    await skopeo(
      'copy',
      '--preserve-digests',
      '--dest-tls-verify=false',
      '--dest-creds',
      creds,
      `oci:${layout}:v1`,
      target,
    );
    const reference = parseReference(`${server.host}/peer/pushed:v1`);
    const store = await ModelStore.open(join(folder, 'store'));
    const { manifestDigest } = await pullModel(reference, { registry: client, store });
    assert.equal(manifestDigest, model.manifestDescriptor.digest);
    const layer = model.layers[0]?.descriptor.digest ?? '';
    assert.deepEqual(await readFile(store.blobPath(layer)), await readFile(FIXTURE));
  });

  test('it reads our store after a commit, a deletion and a garbage collection', async () => {
    const tags = ['a', 'b', 'c'].map((tag) => parseReference(`${server.host}/ours/shared:${tag}`));
    const store = await ModelStore.open(join(folder, 'shared'));
    const reads = async (reference: Reference): Promise<void> => {
      const source = `oci:${store.root}:${formatReference(reference)}`;
      const raw = await skopeo('inspect', '--raw', source);
      assert.equal(raw.trim(), model.manifest.toString());
      const target = join(folder, `copy-${reference.tag}`);
      await skopeo('copy', '--preserve-digests', source, `oci:${target}:copy`);
      const layer = model.layers[0]?.descriptor.digest ?? '';
      assert.deepEqual(await readLayoutBlob(target, layer), await readFile(FIXTURE));
      await rm(target, { recursive: true });
    };
    for (const reference of tags) {
      await pushBuiltModel(client, reference, model);
      await pullModel(reference, { registry: client, store });
      await reads(reference);
    }
    const [first, second, third] = tags;
    assert.ok(first && second && third);
    await store.deleteReference(second);
    await reads(first);
    await reads(third);
    await store.collectGarbage({ graceMs: -1000 });
    await reads(first);
    await store.deleteReference(first);
    await store.deleteReference(third);
    assert.deepEqual(await layoutManifests(store.root), []);
    store.dispose();
  });

  test('what we push it pulls and finds identical', async () => {
    const reference = parseReference(`${server.host}/ours/pushed:v1`);
    await pushBuiltModel(client, reference, model);
    const source = `docker://${server.host}/ours/pushed:v1`;
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', '--creds', creds, source);
    assert.equal(raw.trim(), model.manifest.toString());
    const layout = join(folder, 'in');
    await skopeo(
      'copy',
      '--preserve-digests',
      '--src-tls-verify=false',
      '--src-creds',
      creds,
      source,
      `oci:${layout}:v1`,
    );
    assert.deepEqual(await layoutManifests(layout), [model.manifestDescriptor.digest]);
    assert.deepEqual(await readLayoutBlob(layout, model.manifestDescriptor.digest), model.manifest);
    assert.deepEqual(await readLayoutBlob(layout, model.configDescriptor.digest), model.config);
    const layer = model.layers[0]?.descriptor.digest ?? '';
    assert.deepEqual(await readLayoutBlob(layout, layer), await readFile(FIXTURE));
  });

  test('it lists our tags, and what it deletes is gone for us', async () => {
    const reference = parseReference(`${server.host}/ours/listed:b`);
    await pushBuiltModel(client, reference, model);
    await client.pushManifest(reference, model.manifest, undefined, { tags: ['a'] });
    const source = `docker://${server.host}/ours/listed`;
    const listed = await skopeo('list-tags', '--tls-verify=false', '--creds', creds, source);
    const { Tags } = JSON.parse(listed) as { Tags: string[] };
    assert.deepEqual(Tags.sort(), ['a', 'b']);
    await skopeo('delete', '--tls-verify=false', '--creds', creds, `${source}:a`);
    assert.equal(await client.exists(reference), false);
  });
});
