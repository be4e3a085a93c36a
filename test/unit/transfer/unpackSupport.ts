/** What the tests of pulls out of archives share. Its hooks run in every file that imports it. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf, parseReference, type Reference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { type PullOptions, type PullResult, pullModel } from '../../../src/transfer/index.ts';
import { buildImage, buildModelPack } from '../../support/buildArtifact.ts';
import type { BuiltModel } from '../../support/dockerModel.ts';
import { type Handler, modelHandler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { randomBytes } from '../../support/random.ts';
import { type TarMember, tarOf } from '../../support/tarWriter.ts';

export const FIXTURE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));

export let folder: string;
export let gguf: Buffer;
export let digest: string;
/** A ModelPack with tinycode.gguf and a README in a tar+zstd. */
export let model: BuiltModel;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oci-models-unpack-'));
  gguf = await readFile(FIXTURE);
  digest = digestOf(gguf);
  model = await packed([
    { name: 'README.md', body: 'text' },
    { name: 'tinycode.gguf', body: gguf },
  ]);
});
after(() => rm(folder, { recursive: true, force: true }));

export async function packed(
  members: readonly (TarMember | Buffer)[],
  compress: (bytes: Buffer) => Buffer = zstdCompressSync,
  packing = 'tar+zstd',
): Promise<BuiltModel> {
  const path = join(folder, `layer-${randomBytes(4).toString('hex')}`);
  await writeFile(path, compress(tarOf(...members)));
  return buildModelPack([{ path, packing }]);
}

/** An image of these layers, the lowest first. */
export async function image(...layers: readonly (readonly TarMember[])[]): Promise<BuiltModel> {
  const paths = layers.map(async (members) => {
    const path = join(folder, `image-${randomBytes(4).toString('hex')}`);
    await writeFile(path, gzipSync(tarOf(...members)));
    return path;
  });
  return buildImage(await Promise.all(paths), '+gzip');
}

export function layerOf({ layers }: BuiltModel): {
  readonly digest: string;
  readonly path: string;
  readonly size: number;
} {
  const [layer] = layers;
  assert.ok(layer);
  return { path: layer.path, ...layer.descriptor };
}

export interface Setup {
  readonly store: ModelStore;
  readonly reference: Reference;
  /** The ranges that were asked for of layers. */
  readonly ranges: string[];
  pull(options?: Partial<PullOptions>): Promise<PullResult>;
  /** Names in the model's folder. */
  names(): Promise<string[]>;
}

export async function serve(t: TestContext, of: BuiltModel, layer?: Handler): Promise<Setup> {
  const ranges: string[] = [];
  const honest = modelHandler(of);
  const digests = new Set(of.layers.map(({ descriptor }) => descriptor.digest));
  const server = await startFakeRegistry((request, response) => {
    const isLayer = digests.has(request.url?.split('/').at(-1) ?? '');
    if (isLayer) ranges.push(request.headers.range ?? 'all');
    return isLayer && layer !== undefined ? layer(request, response) : honest(request, response);
  });
  const registry = new RegistryClient({ retryBaseMs: 1, stallMs: 2_000 });
  const store = await ModelStore.open(await mkdtemp(join(folder, 'store-')));
  t.after(async () => {
    store.dispose();
    await registry.close();
    await server.close();
  });
  const reference = parseReference(`${server.host}/ai/model`);
  const pull = (options: Partial<PullOptions> = {}): Promise<PullResult> =>
    pullModel(reference, { registry, store, retryBaseMs: 1, ...options });
  const names = async (): Promise<string[]> => {
    const at = dirname(store.modelFilePath(reference, 'x'));
    const entries = await readdir(at, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(at, join(entry.parentPath, entry.name)))
      .sort();
  };
  return { store, reference, ranges, pull, names };
}

/** Nothing came of it: no model, no content but small blobs, and nothing on its way. */
export async function assertNothing(store: ModelStore): Promise<void> {
  assert.deepEqual(await store.references(), []);
  assert.equal((await store.blobDigests()).has(digest), false);
  assert.deepEqual(await readdir(join(store.root, 'ingest')), []);
}

/** Sends `bytes` of what was asked for and cuts the connection. */
export function sendAndCut(content: Buffer, bytes: number): Handler {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': rest.length,
      'content-range': `bytes ${start}-${content.length - 1}/${content.length}`,
    });
    response.write(rest.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };
}
