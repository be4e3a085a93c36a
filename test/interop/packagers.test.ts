/**
 * The families' own packaging tools, live: what they write today is read as what they wrote when the fixtures were
 * recorded. `npm run test:interop` builds what can be built; what is not there is skipped.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ModelArtifact, readArtifact } from '../../src/artifact/index.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ARTIFACT_FIXTURES, readFixture } from '../support/artifactFixtures.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { cook, type Kitchen, missingTools, repositoryOf, writeInputs } from './packagers.ts';
import { RECIPES, type Recipe } from './recipes.ts';

/** What must be the same every time: digests of tars and compressed layers are not, and neither are sizes. */
function shapeOf({ family, format, files, archives, metadata, runnable }: ModelArtifact): object {
  return {
    family,
    format,
    metadata,
    runnable,
    files: files.map(({ role, path, size, digest, layer }) => ({ role, path, size, digest, layer })),
    archives: archives.map(({ digest: _, size: __, ...rest }) => rest),
  };
}

async function recordedShape({ family, name }: Recipe): Promise<object> {
  const fixture = ARTIFACT_FIXTURES.find(
    (candidate) => candidate.family === family && candidate.name === name,
  );
  assert.ok(fixture, 'it was recorded');
  const { manifest, config } = await readFixture(fixture);
  return shapeOf(readArtifact(manifest, config));
}

describe('what packagers write today', {
  skip: hasDockerRegistry() ? false : 'docker-registry is not installed',
}, () => {
  let folder: string;
  let server: DockerRegistry;
  let kitchen: Kitchen;
  const client = new RegistryClient({ retryBaseMs: 20, platform: { os: 'linux', architecture: 'amd64' } });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-packagers-'));
    server = await startDockerRegistry();
    kitchen = { host: server.host, input: join(folder, 'in'), home: join(folder, 'home') };
    await mkdir(kitchen.home);
    await writeInputs(kitchen.input);
  });
  after(async () => {
    await client.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const recipe of RECIPES) {
    const missing = missingTools(recipe);
    const skip = missing.length > 0 ? `${missing.join(', ')} is not on this machine` : false;
    test(`${repositoryOf(recipe)}: ${recipe.about}`, { skip }, async () => {
      await cook(recipe, kitchen);
      const reference = parseReference(`${server.host}/${repositoryOf(recipe)}:1`);
      const { manifest } = await client.resolve(reference);
      const config =
        manifest.config === undefined
          ? undefined
          : await client.readBlob(reference, manifest.config, { maxBytes: 1 << 20 });
      assert.deepEqual(shapeOf(readArtifact(manifest, config)), await recordedShape(recipe));
    });
  }
});
