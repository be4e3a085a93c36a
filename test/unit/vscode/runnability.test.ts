import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ArchiveLayer, ModelArtifact } from '../../../src/artifact/index.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import type { Inspection } from '../../../src/catalog/index.ts';
import type { GgufDescription } from '../../../src/gguf/index.ts';
import { parseReference } from '../../../src/oci/index.ts';
import { whyNotHere } from '../../../src/vscode/runnability.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

function artifactOf(files: number, more: Partial<ModelArtifact> = {}): ModelArtifact {
  return {
    family: 'generic',
    files: Array.from({ length: files }, (_, layer) => {
      return { role: 'weights' as const, path: `m-${layer}.gguf`, size: 1, digest: DIGEST, layer };
    }),
    archives: [],
    metadata: {},
    format: 'gguf',
    runnable: true,
    totalBytes: files,
    ...more,
  } as ModelArtifact;
}

function inspected(artifact: ModelArtifact, description?: Partial<GgufDescription>): Inspection {
  return {
    reference: parseReference('ai/model'),
    manifestDigest: DIGEST,
    artifact,
    weightBytes: 1,
    source: 'header',
    ...(description === undefined
      ? {}
      : { description: { architecture: 'llama', ...description } as GgufDescription }),
  };
}

const knowing = { knows: async (architecture: string) => architecture === 'llama' };

describe('a model that was looked at before it is pulled', () => {
  const why = (inspection: Inspection) => whyNotHere(inspection, knowing);

  test('runs, as far as is known', async () => {
    assert.equal(await why(inspected(artifactOf(1))), undefined);
    assert.equal(await why(inspected(artifactOf(1), {})), undefined);
    assert.equal(await why(inspected(artifactOf(3), { splitCount: 3 })), undefined);
  });

  test('is the first part of another one under a name of its own', async () => {
    assert.match((await why(inspected(artifactOf(1), { splitCount: 3 }))) ?? '', /only 1 of the 3 files/);
    // The other parts may come out of the archive.
    const archives = [{ layer: 0, digest: DIGEST, size: 1 } as ArchiveLayer];
    assert.equal(await why(inspected(artifactOf(1, { archives }), { splitCount: 3 })), undefined);
  });

  test('has another kind, format or architecture', async () => {
    const reason = asLocalized('Not runnable here: a format.');
    assert.equal(await why(inspected(artifactOf(1, { reason }), { kind: 'adapter' })), reason);
    assert.match(
      (await why(inspected(artifactOf(1), { kind: 'adapter', splitCount: 3 }))) ?? '',
      /LoRA adapter/,
    );
    assert.match((await why(inspected(artifactOf(1), { architecture: 'newest' }))) ?? '', /newest/);
    assert.match((await why({ ...inspected(artifactOf(1)), isUnusable: true })) ?? '', /not a usable GGUF/);
  });
});
