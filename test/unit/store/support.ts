/** What the tests of the store share: stores in temporary folders, and models small enough to be quick. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Log } from '../../../src/base/log.ts';
import { type Descriptor, MediaType } from '../../../src/oci/spec/descriptor.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference, type Reference } from '../../../src/oci/spec/reference.ts';
import { safeName } from '../../../src/store/disk/layout.ts';
import { ContentStore, ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A log that keeps its lines. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  return { lines, debug: add, info: add, warn: add, error: add };
}

export async function openStore(t: TestContext, log?: Log): Promise<ModelStore> {
  const store = await ModelStore.open(await temporaryFolder(t), { log });
  t.after(() => store.dispose());
  return store;
}

export function descriptorOf(bytes: Uint8Array, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export interface TinyModel {
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
  readonly manifest: Buffer;
  readonly manifestDescriptor: Descriptor;
}

/** A model of some layers; random ones of `layerBytes` bytes unless they are given. */
export function tinyModel(
  layers: readonly Buffer[] = [randomBytes(5000)],
  config = Buffer.from('{}'),
): TinyModel {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      config: descriptorOf(config, 'application/vnd.docker.ai.model.config.v0.1+json'),
      layers: layers.map((layer) => descriptorOf(layer, 'application/vnd.docker.ai.gguf.v3')),
    }),
  );
  return { config, layers, manifest, manifestDescriptor: descriptorOf(manifest, MediaType.imageManifest) };
}

export function fileNames(model: TinyModel): { name: string; digest: string }[] {
  return model.layers.map((layer, index) => ({
    name:
      model.layers.length === 1 ? 'model.gguf' : `model-0000${index + 1}-of-0000${model.layers.length}.gguf`,
    digest: digestOf(layer),
  }));
}

/** Names of all files below `folder`, sorted, without the records of what a store made. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.startsWith('records/'))
    .sort();
}

/** Makes a reference's file what an older version wrote: without the list of its content. */
export async function forgetContent(store: ModelStore, reference: Reference): Promise<void> {
  const path = join(store.root, 'refs', `${safeName(reference)}.json`);
  const { content: _, ...old } = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, `${JSON.stringify(old, null, 2)}\n`);
}

/** Brings a model in as a pull does, though without ingests: all of it is small. */
export async function addModel(store: ModelStore, text: string, model: TinyModel): Promise<Reference> {
  const reference = parseReference(text);
  for (const bytes of [...model.layers, model.config]) await store.writeBlob(descriptorOf(bytes), bytes);
  await store.commitModel({
    reference,
    manifest: model.manifestDescriptor,
    manifestBytes: model.manifest,
    files: fileNames(model),
  });
  return reference;
}

/** What a download leaves that stopped after `doneBytes` of `bytes`. */
export async function writePartial(
  store: ModelStore,
  bytes: Buffer,
  doneBytes: number,
  reference?: string,
): Promise<string> {
  const descriptor = descriptorOf(bytes);
  const ingest = await store.openIngest(descriptor, reference === undefined ? {} : { reference });
  ingest.write(bytes.subarray(0, doneBytes), 0);
  await ingest.close();
  return descriptor.digest;
}

/** Brings the only file of a layer in, which has 512 bytes before it. @returns the layer. */
export async function unpackLayer(store: ModelStore, body: Buffer): Promise<Buffer> {
  const layer = Buffer.concat([Buffer.alloc(512, 'header'), body]);
  const { digest, ...rest } = descriptorOf(layer);
  const ingest = await new ContentStore(store.root).openLayer(
    { digest, ...rest },
    {
      bodies: [{ start: 512, end: layer.length }],
      describe: async () => (contents) => ({
        digest,
        wants: 'all',
        members: contents.map((content) => ({ path: 'model.gguf', ...content })),
        links: [],
        removed: [],
        opaque: [],
      }),
    },
  );
  ingest.write(layer, 0);
  await ingest.commit();
  await ingest.close();
  return layer;
}
