/** Whatever a stranger writes into a manifest, a config or an archive: a ModelError, soon, or a safe artifact. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  type ArchiveMember,
  type ModelArtifact,
  readArtifact,
  weightsOf,
  withMembers,
} from '../../../src/artifact/index.ts';
import { ModelError } from '../../../src/base/error.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { ARTIFACT_FIXTURES, readFixture } from '../../support/artifactFixtures.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

/** Milliseconds of processor time for one artifact. */
const LIMIT_MS = 2_000;

const MEDIA_TYPES = [
  'application/vnd.docker.ai.gguf.v3',
  'application/vnd.docker.ai.gguf.v3.lora',
  'application/vnd.docker.ai.mmproj',
  'application/vnd.docker.ai.safetensors',
  'application/vnd.docker.ai.dduf',
  'application/vnd.docker.ai.dir.tar',
  'application/vnd.docker.ai.vllm.config.tar',
  'application/vnd.docker.ai.license',
  'application/vnd.docker.ai.chat.template.jinja',
  'application/vnd.docker.ai.model.config.v0.1+json',
  'application/vnd.docker.ai.model.config.v0.2+json',
  'application/vnd.cncf.model.manifest.v1+json',
  'application/vnd.cncf.model.config.v1+json',
  'application/vnd.cncf.model.weight.v1.raw',
  'application/vnd.cncf.model.weight.v1.tar+zstd',
  'application/vnd.cnai.model.doc.v1.tar',
  'application/vnd.kitops.modelkit.config.v1+json',
  'application/vnd.kitops.modelkit.model.v1.tar',
  'application/vnd.kitops.modelkit.modelpart.v1.tar+gzip',
  'application/vnd.ollama.image.model',
  'application/vnd.ollama.image.tensor',
  'application/vnd.ollama.image.projector',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.oci.empty.v1+json',
  'application/octet-stream',
  '__proto__',
  'constructor',
  '',
];

const NAMES = [
  'model.gguf',
  'MODEL.GGUF',
  'm-00001-of-00002.gguf',
  'm-00002-of-00002.gguf',
  'm-00000-of-00000.gguf',
  'm-99999-of-99999.gguf',
  'mmproj-a.gguf',
  'a-lora.gguf',
  'draft.gguf',
  'model-00001-of-00002.safetensors',
  'adapter_model.safetensors',
  'x.tar.gz',
  'model.gguf.gz',
  'LICENSE',
  'licence',
  'template.jinja',
  'models/model.file',
  '../up.gguf',
  '/etc/passwd',
  'C:\\x.gguf',
  'a/../../b.gguf',
  'nul\0.gguf',
  '.',
  '',
  'CON.gguf',
  '__proto__',
];

const mediaType = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...MEDIA_TYPES) }, fc.string());
const fileName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  fc.string({ maxLength: 2000 }),
  fc.stringMatching(/^[a-z/.-]{0,40}\.gguf$/),
);
const digest = fc
  .integer({ min: 0, max: 0xffff })
  .map((value) => `sha256:${value.toString(16).padStart(64, '0')}`);
const size = fc.oneof(fc.nat(), fc.constantFrom(0, -1, 1.5, 2 ** 53, Number.NaN, '7', null));
const annotations = fc.record(
  {
    'org.cncf.model.filepath': fileName,
    'org.cnai.model.filepath': fileName,
    'org.opencontainers.image.title': fileName,
    'org.cncf.model.file.metadata+json': fc.oneof(fc.json(), fc.constant('{"name":"x.gguf","size":7}')),
    'io.deis.oras.content.unpack': fc.constantFrom('true', 'false'),
  },
  { requiredKeys: [] },
);
const descriptor = fc.record({ mediaType, digest, size, annotations }, { requiredKeys: ['digest', 'size'] });
const goodDescriptor = fc.record({ mediaType, digest, size: fc.nat(), annotations });

const configText = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        config: fc.oneof(
          fc.jsonValue(),
          fc.record(
            {
              format: fc.oneof(fc.constantFrom('gguf', 'safetensors', 'GGUF'), fc.jsonValue()),
              gguf: fc.dictionary(fc.string(), fc.jsonValue()),
              context_size: fc.jsonValue(),
              Labels: fc.jsonValue(),
              Cmd: fc.jsonValue(),
            },
            { requiredKeys: [] },
          ),
        ),
        model: fc.oneof(
          fc.jsonValue(),
          fc.record({
            path: fileName,
            parts: fc.array(fc.record({ path: fileName, digest, type: fc.string() })),
            digest,
          }),
        ),
        history: fc.jsonValue(),
        remote_host: fc.jsonValue(),
        model_format: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);

const manifestText = (layer: fc.Arbitrary<unknown>) =>
  fc
    .record(
      {
        schemaVersion: fc.constantFrom(2, 2, 2, 1),
        artifactType: mediaType,
        config: goodDescriptor,
        layers: fc.array(layer, { maxLength: 12 }),
        annotations: fc.dictionary(fc.string(), fc.string()),
      },
      { requiredKeys: ['schemaVersion', 'layers'] },
    )
    .map((value) => JSON.stringify(value));

const registry = fc.constantFrom(undefined, 'huggingface.co', 'registry.ollama.ai', 'ghcr.io');

/** What `read` gives; undefined for a refusal with a sentence and something to do. */
function attempt<T>(read: () => T): T | undefined {
  const start = cpuMs();
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof ModelError, `${error instanceof Error ? error.stack : String(error)}`);
    assert.ok(['unsupported-artifact', 'manifest-invalid'].includes(error.code), error.code);
    assert.match(error.message, /\.$/);
    assert.ok(error.message.length < 1500, error.message);
    return undefined;
  } finally {
    assert.ok(cpuMs() - start < LIMIT_MS);
  }
}

function isSafePath(text: string): boolean {
  return [path.posix, path.win32].every((system) => {
    const folder = system.resolve('/store/models/x');
    return system.resolve(folder, text).startsWith(folder + system.sep) && !text.includes('\0');
  });
}

/** What holds for every artifact that is accepted. */
function check(artifact: ModelArtifact): void {
  const { files, archives, format, runnable, reason } = artifact;
  for (const { path: file } of files) assert.ok(isSafePath(file), file);
  for (const { path: member, root } of archives) {
    assert.equal(root, '');
    if (member !== undefined) assert.ok(isSafePath(member), member);
  }
  const keys = files.map((file) => file.path.normalize('NFC').toLowerCase());
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(reason === undefined, runnable);
  const weights = weightsOf(artifact);
  assert.ok(weights.length + archives.length > 0);
  if (format === 'gguf') for (const { path: file } of weights) assert.match(file, /\.gguf$/i);
  assert.deepEqual(files.slice(0, weights.length), weights);
}

function readText(manifest: string, config: string, from: string | undefined): ModelArtifact | undefined {
  return attempt(() => {
    const parsed = parseManifest(Buffer.from(manifest));
    assert.ok(parsed.kind === 'manifest');
    return readArtifact(parsed, Buffer.from(config), from === undefined ? {} : { registry: from });
  });
}

describe('a stranger’s', () => {
  test('manifests and configs', () => {
    const layer = fc.oneof({ weight: 20, arbitrary: goodDescriptor }, descriptor, fc.jsonValue());
    fc.assert(
      fc.property(manifestText(layer), configText, registry, (manifest, config, from) => {
        const artifact = readText(manifest, config, from);
        if (artifact !== undefined) check(artifact);
      }),
      { numRuns: 1500 },
    );
  });

  test('changes to what real tools wrote', async () => {
    const real = await Promise.all(ARTIFACT_FIXTURES.map(readFixture));
    const change = fc.tuple(
      fc.constantFrom(...real),
      fc.nat(20),
      fc.constantFrom('mediaType', 'digest', 'size', 'annotations', 'artifactType', 'layers', 'config'),
      fc.oneof(
        fc.jsonValue(),
        mediaType,
        fileName.map((title) => ({ 'org.opencontainers.image.title': title })),
      ),
      fc.option(configText),
    );
    fc.assert(
      fc.property(change, registry, ([{ manifest, config }, index, field, value, newConfig], from) => {
        const { kind: _, ...body } = structuredClone(manifest) as unknown as Record<string, unknown>;
        const layers = manifest.layers.map((layer) => ({ ...layer }) as Record<string, unknown>);
        const target = layers[index % (layers.length + 1)] ?? body;
        const changed = { schemaVersion: 2, ...body, layers };
        if (target === body) Object.assign(changed, { [field]: value });
        else target[field] = value;
        const artifact = readText(JSON.stringify(changed), newConfig ?? config?.toString() ?? '{}', from);
        if (artifact !== undefined) check(artifact);
      }),
      { numRuns: 1500 },
    );
  });

  test('members of archives', () => {
    const member = fc.record({ layer: fc.nat(4), path: fileName, size: fc.nat(), digest });
    const manifest = manifestText(goodDescriptor);
    fc.assert(
      fc.property(manifest, configText, fc.array(member, { maxLength: 12 }), (text, config, members) => {
        const before = readText(text, config, undefined);
        if (before === undefined) return;
        const known = new Set(before.archives.map(({ layer }) => layer));
        const fitting: ArchiveMember[] = members.filter(({ layer }) => known.has(layer));
        const artifact = attempt(() => withMembers(before, fitting));
        if (artifact === undefined) return;
        check(artifact);
        assert.deepEqual(artifact.archives, before.archives.length === 0 ? before.archives : []);
      }),
      { numRuns: 1500 },
    );
  });

  test('thousands of layers and of members', () => {
    const hash = (value: number) => `sha256:${value.toString(16).padStart(64, '0')}`;
    const layers = Array.from({ length: 9_000 }, (_, index) => ({
      mediaType: 'application/vnd.docker.ai.license',
      digest: hash(index),
      size: 1,
    }));
    const model = { mediaType: 'application/vnd.docker.ai.gguf.v3', digest: hash(10_000), size: 1 };
    const text = (all: readonly object[]) => JSON.stringify({ schemaVersion: 2, layers: all });
    const many = readText(text([model, ...layers]), '', undefined);
    assert.equal(many?.files.length, 9_001);
    assert.equal(readText(text(Array.from({ length: 100_000 }, () => model)), '', undefined), undefined);
    const kit = { mediaType: 'application/vnd.kitops.modelkit.model.v1.tar', digest: hash(1), size: 1 };
    const before = readText(text([kit]), '', undefined);
    assert.ok(before);
    const members = Array.from({ length: 50_000 }, (_, index) => ({
      layer: 0,
      path: index === 7 ? 'model.gguf' : `file-${index}`,
      size: 1,
      digest: hash(index),
    }));
    const after = attempt(() => withMembers(before, members));
    assert.equal(after?.files.length, 50_000);
  });
});
