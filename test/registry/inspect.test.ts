/**
 * Tags of every family, recorded from the families' own tools (test/fixtures/artifacts), looked at in a real registry
 * before they are pulled: what is said of a GGUF is the same whichever way it was packed.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { estimatedModel, type Inspection, Inspector } from '../../src/catalog/index.ts';
import { judgeFit } from '../../src/gguf/index.ts';
import type { HttpSender, SendRequest } from '../../src/oci/http/sender.ts';
import { UndiciSender } from '../../src/oci/http/undiciSender.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ARTIFACT_FIXTURES, type ArtifactFixture, fixtureFolder } from '../support/artifactFixtures.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushLayout } from '../support/layoutRecorder.ts';

const skip = hasDockerRegistry() ? false : 'docker-registry is not installed';
const MACHINE = { totalBytes: 16e9, availableBytes: 8e9, gpu: undefined };
/** An index is one request more than its manifest. */
const REQUESTS = { 'container-image/index': 4 } as const;

/** Ollama and Hugging Face have registries of their own. */
const PACKED = ARTIFACT_FIXTURES.filter(({ family }) => family !== 'ollama' && family !== 'huggingface');

describe('a tag that is not pulled', { skip }, () => {
  let server: DockerRegistry;
  const sender = new UndiciSender();
  const requests: SendRequest[] = [];
  const counting: HttpSender = {
    send: (request) => {
      requests.push(request);
      return sender.send(request);
    },
    close: async () => {},
  };
  const registry = new RegistryClient({
    sender: counting,
    platform: { os: 'linux', architecture: 'arm64' },
  });

  before(async () => {
    server = await startDockerRegistry();
  });
  after(async () => {
    await registry.close();
    await sender.close();
    await server.close();
  });

  /** What is said of a fixture, and with how many requests. */
  async function look({ family, name }: ArtifactFixture, extent: 'shape' | 'whole'): Promise<Inspection> {
    const path = `${family}/${name}`;
    await pushLayout(
      fixtureFolder({ family, name, format: 'gguf', files: [] }),
      `${server.host}/${path}`,
      '1',
    );
    requests.length = 0;
    const inspector = new Inspector({ registry: () => registry });
    const found = await inspector.inspect(parseReference(`${server.host}/${path}:1`), { extent });
    const allowed = path in REQUESTS ? REQUESTS[path as keyof typeof REQUESTS] : 3;
    assert.ok(requests.length <= allowed, `${requests.length} requests`);
    return found;
  }

  for (const fixture of PACKED.filter(({ format }) => format === 'gguf')) {
    test(`${fixture.family}/${fixture.name} says what it is and whether it fits`, async () => {
      const whole = await look(fixture, 'whole');
      assert.equal(whole.problem, undefined);
      assert.equal(whole.artifact.format, 'gguf');
      assert.equal(whole.quantization, 'F16');
      assert.equal(whole.contextTokens, 8192);
      assert.equal(whole.description?.blockCount, 1);
      const isSplit = fixture.files.filter(([role]) => role === 'weights').length > 1;
      // The tensors of a split model are in all of its files, and this one has no label.
      if (!isSplit) assert.match(whole.parameters ?? '', /^56\.(?:4|38)K$/);
      for (const found of [whole, await look(fixture, 'shape')]) {
        const model = estimatedModel(found);
        assert.ok(model);
        assert.equal(judgeFit(model, { contextTokens: 512 }, MACHINE).verdict, 'cpu');
        if (!isSplit) assert.equal(found.weightBytes, 118_656);
        else assert.ok(found.weightBytes > 55_424, `${found.weightBytes}`);
      }
      if (whole.source === 'header') assert.equal(whole.description?.tools, false);
    });
  }

  for (const fixture of PACKED.filter(({ format }) => format !== 'gguf')) {
    test(`${fixture.family}/${fixture.name} says why it does not run here`, async () => {
      const found = await look(fixture, 'whole');
      assert.deepEqual([found.artifact.format, found.artifact.runnable], ['safetensors', false]);
      assert.ok(found.artifact.reason);
    });
  }
});
