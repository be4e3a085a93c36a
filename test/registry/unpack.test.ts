/** Models that are in archives, pulled from a real docker-registry. The archives are made by GNU tar, gzip and zstd. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { weightsOf } from '../../src/artifact/index.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { type PullResult, pullModel } from '../../src/transfer/index.ts';
import { makeTar } from '../support/archives.ts';
import { buildImage, buildModelPack } from '../support/buildArtifact.ts';
import type { BuiltModel } from '../support/dockerModel.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { startMeteringProxy } from '../support/meteringProxy.ts';
import { startPull } from '../support/pullProcess.ts';
import { pushModel } from '../support/pushModel.ts';
import { randomBytes } from '../support/random.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));
const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';

describe('models in archives', { skip }, () => {
  let server: DockerRegistry;
  let folder: string;
  let fixture: Buffer;
  let count = 0;
  const registry = new RegistryClient();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-unpack-'));
    server = await startDockerRegistry();
    fixture = await readFile(FIXTURE);
  });
  after(async () => {
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A new folder with the fixture under `names`. */
  async function files(...names: string[]): Promise<string> {
    const at = join(folder, `files-${++count}`);
    await mkdir(at);
    for (const name of names) {
      await mkdir(join(at, name, '..'), { recursive: true });
      await copyFile(FIXTURE, join(at, name));
    }
    return at;
  }

  async function pull(
    model: BuiltModel,
    root = `store-${++count}`,
  ): Promise<{ store: ModelStore; result: PullResult; folder: string }> {
    const name = `ai/model${count}`;
    await pushModel(server.host, name, 'latest', model);
    const store = await ModelStore.open(join(folder, root));
    const reference = parseReference(`${server.host}/${name}`);
    const result = await pullModel(reference, { registry, store });
    return { store, result, folder: join(store.modelFilePath(reference, 'x'), '..') };
  }

  for (const packing of ['tar', 'tar.gz', 'tar.zst']) {
    test(`a GGUF out of a ${packing} layer, and nothing else on the disk`, async () => {
      const at = await files('tinycode.gguf');
      const archive = await makeTar(join(folder, `a.${packing}`), at, ['tinycode.gguf']);
      const type = { tar: 'tar', 'tar.gz': 'tar+gzip', 'tar.zst': 'tar+zstd' }[packing] ?? '';
      const model = await buildModelPack([{ path: archive, packing: type }]);
      const { store, result, folder: named } = await pull(model);
      const digest = `sha256:${createHash('sha256').update(fixture).digest('hex')}`;
      assert.deepEqual(
        weightsOf(result.artifact).map((file) => ({ path: file.path, digest: file.digest, size: file.size })),
        [{ path: 'tinycode.gguf', digest, size: fixture.length }],
      );
      assert.deepEqual(await readFile(join(named, 'tinycode.gguf')), fixture);
      assert.equal((await stat(store.blobPath(digest))).size, fixture.length);
      assert.equal(await store.hasBlob(model.layers[0]?.descriptor ?? model.configDescriptor), false);
      assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
      // What is not compressed is looked at first, to be fetched in parts.
      const looked = packing === 'tar' ? 2 * 16 * 1024 : 0;
      assert.ok(
        result.fetchedBytes >= result.totalBytes && result.fetchedBytes <= result.totalBytes + looked,
      );
    });
  }

  test('RamaLama: a link says which file of an image is the model, whatever it is called', async () => {
    const at = await files('models/tiny/tiny');
    await symlink('tiny/tiny', join(at, 'models/model.file'));
    await link(join(at, 'models/tiny/tiny'), join(at, 'models/tiny/again'));
    await mkdir(join(at, 'usr/share'), { recursive: true });
    await writeFile(join(at, 'usr/share/config.json'), '{}');
    const model = await buildImage([await makeTar(join(folder, 'image.tar.gz'), at)], '+gzip');
    const { result, folder: named } = await pull(model);
    assert.equal(result.artifact.family, 'container-image');
    assert.equal(result.artifact.files.length, 1);
    const [file] = result.artifact.files;
    assert.match(file?.path ?? '', /^models\/tiny\/(?:tiny|again)\.gguf$/);
    assert.deepEqual(await readFile(join(named, file?.path ?? '')), fixture);
  });

  for (const packing of ['tar', 'tar.gz']) {
    const what =
      packing === 'tar' ? 'goes on where it was' : 'begins again, and nothing of the first try stays';
    test(`after kill -9 a ${packing} layer ${what}`, (t) => killedPull(t, packing));
  }

  async function killedPull(t: TestContext, packing: string): Promise<void> {
    const at = await files();
    // Bytes that hardly shrink, as those of weights do.
    await writeFile(join(at, 'large.gguf'), Buffer.concat([fixture, randomBytes(40_000_000)]));
    const archive = await makeTar(join(folder, `large.${packing}`), at, ['large.gguf']);
    const type = packing === 'tar' ? 'tar' : 'tar+gzip';
    const name = `ai/large${++count}`;
    await pushModel(server.host, name, 'latest', await buildModelPack([{ path: archive, packing: type }]));
    const proxy = await startMeteringProxy(server.host, { bytesPerSecond: 40_000_000 });
    t.after(() => proxy.close());
    const root = join(folder, `killed-${packing}`);
    const reference = `${proxy.host}/${name}`;
    const child = startPull(reference, root, {
      onProgress: ({ fetchedBytes, totalBytes = 0 }) => fetchedBytes > totalBytes / 3 && child.kill(),
    });
    assert.equal((await child.ended).kind, 'killed');
    const store = await ModelStore.open(root);
    t.after(() => store.dispose());
    assert.deepEqual(await store.references(), []);
    const [left] = await readdir(join(root, 'ingest'));
    assert.ok((await readdir(join(root, 'ingest', left ?? ''))).includes('member-0'));
    const [partial] = await store.partialDownloads();
    assert.equal(partial?.isStream, packing !== 'tar', 'whether it begins again is known before');
    proxy.unlimit();
    const result = await pullModel(parseReference(reference), { registry, store });
    if (packing === 'tar') assert.ok(result.fetchedBytes < (3 / 4) * result.totalBytes);
    else assert.equal(result.fetchedBytes, result.totalBytes);
    assert.deepEqual(await readdir(join(root, 'ingest')), []);
    const [file] = weightsOf(result.artifact);
    assert.deepEqual(
      await readFile(store.blobPath(file?.digest ?? '')),
      await readFile(join(at, 'large.gguf')),
    );
  }
});
