/** Manifests with as many layers as are read at most: what they mean is told in the editor's thread, in slices. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { readArtifact, readArtifactInSlices } from '../../../src/artifact/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import type { Descriptor, ImageManifest } from '../../../src/oci/index.ts';

const LAYERS = 10_000;
/** Milliseconds of the thread's processor, all slices together; deep folders took eight hundred before. */
const MAX_MS = 150;
/** Of one slice: longer ones are felt while typing. */
const MAX_SLICE_MS = 50;
const TRIES = 5;

const TITLE = 'org.opencontainers.image.title';
const PATH = 'org.cncf.model.filepath';
const DOCKER = 'application/vnd.docker.ai';
const PLAIN = 'application/vnd.oci.image.layer.v1.tar';

type Shape = (index: number) => Omit<Descriptor, 'digest'>;

function named(mediaType: string, key: string, name: string, size = 100): ReturnType<Shape> {
  return { mediaType, size, annotations: { [key]: name } };
}

const SHAPES: Readonly<Record<string, Shape>> = {
  'weights without names': (index) => ({ mediaType: `${DOCKER}.gguf.v3`, size: 100 + index }),
  shards: (index) =>
    named(`${DOCKER}.gguf.v3`, PATH, `a/m-${String(index + 1).padStart(5, '0')}-of-${LAYERS}.gguf`),
  licenses: (index) =>
    index === 0 ? named(`${DOCKER}.gguf.v3`, PATH, 'm.gguf') : { mediaType: `${DOCKER}.license`, size: 1 },
  'files in deep folders': (index) =>
    index === 0
      ? named(`${DOCKER}.gguf.v3`, PATH, 'm.gguf')
      : named(`${DOCKER}.license`, PATH, `${index}/${'a/'.repeat(70)}x`),
  'names that begin alike': (index) =>
    index === 0
      ? named(`${DOCKER}.gguf.v3`, PATH, 'm.gguf')
      : named(`${DOCKER}.license`, PATH, 'x'.repeat((index % 190) + 1) + String(index)),
  'files without a type': (index) => named(PLAIN, TITLE, index === 0 ? 'm.gguf' : `file${index}`),
  'files of no ending': (index) => named(PLAIN, TITLE, `file${index}`, index === 0 ? 1e9 : 100),
  companions: (index) => named(PLAIN, TITLE, index === 0 ? 'm.gguf' : `x-lora-vision-${index}-vae.gguf`, 9),
  pieces: (index) => named(PLAIN, TITLE, `m.gguf.part${index}of${LAYERS}`),
  'layers of an image': () => ({ mediaType: PLAIN, size: 100 }),
};

function manifestOf(shape: Shape): ImageManifest {
  const digestOf = (index: number): string =>
    `sha256:${createHash('sha256').update(String(index)).digest('hex')}`;
  return {
    kind: 'manifest',
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: undefined,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(-1), size: 2 },
    layers: Array.from({ length: LAYERS }, (_, index) => ({ ...shape(index), digest: digestOf(index) })),
    annotations: {},
  };
}

/** Measures the thread's processor from one turn of the event loop to the next while a manifest is read. */
async function slicesOf(manifest: ImageManifest): Promise<number[]> {
  const slices: number[] = [];
  let isOver = false;
  let before = process.threadCpuUsage();
  const turn = (): void => {
    const { user, system } = process.threadCpuUsage(before);
    slices.push((user + system) / 1000);
    before = process.threadCpuUsage();
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await readArtifactInSlices(manifest, Buffer.from('{}')).catch((error: unknown) =>
    assert.ok(isModelError(error, 'unsupported-artifact')),
  );
  isOver = true;
  turn();
  return slices;
}

/** Returns what came out, whether it is an artifact or an error. */
async function outcomeOf(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return String(error);
  }
}

describe('ten thousand layers', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    test(`that are ${name} take no long breath`, async () => {
      const tries: number[][] = [];
      // Each time another one, of which nothing is remembered.
      for (let number = 0; number < TRIES; number++) tries.push(await slicesOf(manifestOf(shape)));
      const told = tries.map((slices) => slices.map((ms) => ms.toFixed(0)).join(' ')).join(', ');
      assert.ok(Math.min(...tries.map((slices) => slices.reduce((sum, ms) => sum + ms, 0))) < MAX_MS, told);
      assert.ok(Math.min(...tries.map((slices) => Math.max(...slices))) < MAX_SLICE_MS, told);
      assert.ok(
        tries.some(({ length }) => length > 2),
        `in one slice: ${told}`,
      );
    });

    test(`that are ${name} mean the same at once and in slices`, async () => {
      const config = Buffer.from('{}');
      assert.deepEqual(
        await outcomeOf(() => readArtifactInSlices(manifestOf(shape), config)),
        await outcomeOf(() => readArtifact(manifestOf(shape), config)),
      );
    });
  }
});
