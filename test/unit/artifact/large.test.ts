/** Manifests with as many layers as are read at most: what they mean is told in the editor's thread. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { readArtifact } from '../../../src/artifact/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import type { Descriptor, ImageManifest } from '../../../src/oci/index.ts';

const LAYERS = 10_000;
/** Milliseconds of the thread's processor: twice what the slowest shape takes; deep folders took eight hundred before. */
const MAX_MS = 120;
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

/** Milliseconds of this thread's processor for one reading. */
function timeOf(manifest: ImageManifest): number {
  const before = process.threadCpuUsage();
  try {
    readArtifact(manifest, Buffer.from('{}'));
  } catch (error) {
    assert.ok(isModelError(error, 'unsupported-artifact'));
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

describe('ten thousand layers', () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    test(`that are ${name} take no long breath`, () => {
      // Each time another one, of which nothing is remembered.
      const times = Array.from({ length: TRIES }, () => timeOf(manifestOf(shape)));
      assert.ok(Math.min(...times) < MAX_MS, `${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    });
  }
});
