/**
 * The registry client with crane, oras and regctl on the other side, over docker-registry (no referrers API) and
 * zot (with it). `npm run test:interop` builds the programs; what is not there is skipped.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestOf, MediaType, parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { pullModel } from '../../src/transfer/index.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import { hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { findGoTool } from '../support/goTools.ts';
import { layoutManifests, readLayoutBlob, writeLayout } from '../support/ociLayout.ts';
import { bufferSource, pushBuiltModel } from '../support/pushBuilt.ts';
import { startZot } from '../support/zot.ts';
import { makePeer, type Peer } from './peers.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const SIGNATURE = 'application/vnd.oci-models.test.signature';

interface Registry {
  readonly host: string;
  close(): Promise<void>;
}

const zot = findGoTool('zot');
const REGISTRIES: readonly { name: string; missing: string | false; start: () => Promise<Registry> }[] = [
  {
    name: 'docker-registry',
    missing: hasDockerRegistry() ? false : 'docker-registry is not installed',
    start: () => startDockerRegistry(),
  },
  {
    name: 'zot',
    missing: zot === undefined ? 'zot is not built; npm run test:interop does that where Go is' : false,
    start: () => startZot(zot ?? ''),
  },
];

for (const { name: registryName, missing, start } of REGISTRIES) {
  for (const peerName of ['crane', 'oras', 'regctl'] as const) {
    const path = findGoTool(peerName);
    const noPeer =
      path === undefined ? `${peerName} is not built; npm run test:interop does that where Go is` : false;
    describe(`${peerName} and us over ${registryName}`, { skip: missing || noPeer }, () => {
      let server: Registry;
      let model: BuiltModel;
      let folder: string;
      let peer: Peer;
      let end: () => Promise<void>;
      const client = new RegistryClient({ retryBaseMs: 20 });

      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'oci-models-interop-'));
        model = await buildDockerModel([FIXTURE]);
        server = await start();
        ({ peer, end } = await makePeer(peerName, path ?? ''));
      });
      after(async () => {
        await client.close();
        await end();
        await server.close();
        await rm(folder, { recursive: true, force: true });
      });

      test('what it pushes we pull', async () => {
        const layout = join(folder, 'out');
        await writeLayout(layout, model, 'v1');
        await peer.push(layout, `${server.host}/theirs/m`, 'v1');
        const store = await ModelStore.open(join(folder, 'store'));
        const reference = parseReference(`${server.host}/theirs/m:v1`);
        const { manifestDigest } = await pullModel(reference, { registry: client, store });
        assert.equal(manifestDigest, model.manifestDescriptor.digest);
        const layer = model.layers[0]?.descriptor.digest ?? '';
        assert.deepEqual(await readFile(store.blobPath(layer)), await readFile(FIXTURE));
      });

      test('what we push it pulls, byte for byte', async () => {
        await pushBuiltModel(client, parseReference(`${server.host}/ours/m:v1`), model);
        const layout = join(folder, 'in');
        await peer.pull(`${server.host}/ours/m`, 'v1', layout);
        assert.ok((await layoutManifests(layout)).includes(model.manifestDescriptor.digest));
        const layer = model.layers[0]?.descriptor.digest ?? '';
        assert.deepEqual(await readLayoutBlob(layout, model.manifestDescriptor.digest), model.manifest);
        assert.deepEqual(await readLayoutBlob(layout, layer), await readFile(FIXTURE));
      });

      test('tags and repositories', async () => {
        const reference = parseReference(`${server.host}/ours/tags:b`);
        await pushBuiltModel(client, reference, model);
        await client.pushManifest(reference, model.manifest, undefined, { tags: ['a', 'c'] });
        assert.deepEqual((await peer.tags(`${server.host}/ours/tags`)).sort(), ['a', 'b', 'c']);
        assert.deepEqual((await client.tags(server.host, 'ours/tags')).sort(), ['a', 'b', 'c']);
        assert.ok((await client.repositories(server.host)).includes('ours/tags'));
      });

      test('referrers, both ways', async (t) => {
        const { referrers, attach } = peer;
        if (referrers === undefined || attach === undefined)
          return t.skip(`${peerName} does not know referrers`);
        const reference = parseReference(`${server.host}/ours/signed:v1`);
        const subject = await pushBuiltModel(client, reference, model);
        const empty = Buffer.from('{}');
        // The type stands in the config: zot 1.4 reads it there only, and OCI 1.1 where artifactType is absent.
        const config = { mediaType: SIGNATURE, digest: digestOf(empty), size: empty.length };
        await client.pushBlob(reference, config, bufferSource(empty));
        const manifest = {
          schemaVersion: 2,
          mediaType: MediaType.imageManifest,
          config,
          layers: [config],
          subject,
        };
        const bytes = Buffer.from(JSON.stringify(manifest));
        const byDigest = { ...reference, tag: undefined, digest: digestOf(bytes) };
        const ours = await client.pushManifest(byDigest, bytes);
        assert.ok((await referrers(`${server.host}/ours/signed`, 'v1')).includes(ours.digest));
        await attach(`${server.host}/ours/signed`, 'v1', 'application/vnd.oci-models.test.note');
        const all = await client.referrers(reference, subject.digest);
        assert.equal(all.length, 2);
        const signatures = await client.referrers(reference, subject.digest, { artifactType: SIGNATURE });
        assert.deepEqual(
          signatures.map(({ digest }) => digest),
          [ours.digest],
        );
      });

      test('deletes, both ways', async () => {
        const reference = parseReference(`${server.host}/ours/gone:v1`);
        const { digest } = await pushBuiltModel(client, reference, model);
        await peer.remove(`${server.host}/ours/gone`, digest);
        assert.equal(await client.exists(reference), false);
        const again = parseReference(`${server.host}/ours/again:v1`);
        await pushBuiltModel(client, again, model);
        await client.deleteManifest(again, digest);
        await assert.rejects(peer.pull(`${server.host}/ours/again`, 'v1', join(folder, 'gone')));
      });
    });
  }
}
