/** The sample registry and the sample workspace of `npm start`. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegistryServer, startRegistryServer } from '../../src/serve/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { buildDockerModel } from '../../test/support/dockerModel.ts';
import { addLocalModel } from '../../test/support/localModel.ts';
import { ROOT } from './paths.ts';

/** The trained sample model. */
export const SAMPLE_GGUF = join(ROOT, 'test', 'fixtures', 'tinycode-q8_0.gguf');

/** The name of the sample model in the sample registry. */
export const SAMPLE_REPOSITORY = 'ai/tinycode';

/** A registry on the loopback interface that serves the sample model; its folder goes when it is closed. */
export async function startSampleRegistry(): Promise<RegistryServer> {
  const layout = await mkdtemp(join(tmpdir(), 'oci-models-sample-'));
  const store = await ModelStore.open(layout);
  const built = await buildDockerModel([SAMPLE_GGUF]);
  for (const tag of ['latest', '3.7M-Q8_0']) {
    await addLocalModel(store, `localhost/${SAMPLE_REPOSITORY}:${tag}`, built);
  }
  store.dispose();
  const server = await startRegistryServer({ layout });
  return {
    ...server,
    close: async () => {
      await server.close();
      await rm(layout, { recursive: true, force: true });
    },
  };
}

/** The sample workspace. */
export const SAMPLE_WORKSPACE = join(ROOT, 'test', 'fixtures', 'workspace');

/** A copy of the sample workspace, so that nothing a person tries changes the checkout. */
export async function copySampleWorkspace(target: string): Promise<void> {
  await cp(SAMPLE_WORKSPACE, target, { recursive: true });
}
