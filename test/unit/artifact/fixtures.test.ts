/** What the families' own tools wrote, read and unpacked in memory; test/registry/families.test.ts pulls it. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type ArchiveMember,
  isModelFileName,
  type ModelArtifact,
  readArtifact,
  withMembers,
} from '../../../src/artifact/index.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import {
  ARTIFACT_FIXTURES,
  type ArtifactFixture,
  fixtureFolder,
  readFixture,
} from '../../support/artifactFixtures.ts';

const REGISTRIES: Partial<Record<ArtifactFixture['family'], string>> = { huggingface: 'huggingface.co' };

function decompress(bytes: Buffer): Buffer {
  if (bytes.readUInt16BE(0) === 0x1f8b) return gunzipSync(bytes);
  return bytes.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(bytes) : bytes;
}

/** The plain files of a small tar with short names. */
function membersOf(tar: Buffer): { path: string; content: Buffer }[] {
  const text = (at: number, length: number): string =>
    tar
      .toString('utf8', at, at + length)
      .split('\0', 1)[0]
      ?.trim() ?? '';
  const members: { path: string; content: Buffer }[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const path = text(at, 100).replace(/^\.\//, '');
    if (type === '0' || type === '') members.push({ path, content: tar.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return members;
}

/** Takes what is wanted out of every archive, as the pull does. */
async function unpack(fixture: ArtifactFixture, artifact: ModelArtifact): Promise<ArchiveMember[]> {
  const members: ArchiveMember[] = [];
  for (const { layer, digest, wants } of artifact.archives) {
    const bytes = await readFile(join(fixtureFolder(fixture), 'blobs', ...digest.split(':')));
    for (const { path, content } of membersOf(decompress(bytes))) {
      if (wants === 'model-files' && !isModelFileName(path)) continue;
      members.push({ layer, path, size: content.length, digest: digestOf(content) });
    }
  }
  return members;
}

describe('what its own tool wrote', () => {
  for (const fixture of ARTIFACT_FIXTURES) {
    test(`${fixture.family}/${fixture.name}`, async () => {
      const { manifest, config } = await readFixture(fixture);
      const registry = REGISTRIES[fixture.family];
      const before = readArtifact(manifest, config, registry === undefined ? {} : { registry });
      assert.equal(before.family, fixture.family);
      const artifact = withMembers(before, await unpack(fixture, before));
      assert.deepEqual(
        artifact.files.map(({ role, path }) => `${role} ${path}`).sort(),
        fixture.files.map(([role, path]) => `${role} ${path}`).sort(),
      );
      const weights = (of: ArtifactFixture['files']) =>
        of.filter(([role]) => role === 'weights').map(([, path]) => path);
      assert.deepEqual(weights(artifact.files.map(({ role, path }) => [role, path])), weights(fixture.files));
      assert.deepEqual([artifact.format, artifact.archives], [fixture.format, []]);
      assert.equal(artifact.runnable, fixture.format === 'gguf');
      assert.equal(artifact.reason === undefined, artifact.runnable);
      assert.equal(
        artifact.totalBytes,
        artifact.files.reduce((sum, { size }) => sum + size, 0),
      );
    });
  }
});
