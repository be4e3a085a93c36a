import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildVsix, ENGINES } from '../../scripts/support/vsix.ts';
import { mainJob } from './scenario.ts';

test('the main job with the installed VSIX', { timeout: 900_000 }, async (t) => {
  const { path, target } = await buildVsix();
  await mainJob(t, 'vsix', { vsix: path }, async ({ server }) => {
    const extensions = join(server.dataDir, 'extensions');
    const [folder = ''] = (await readdir(extensions)).filter((name) => name.startsWith('oci-models.'));
    const engines = await readdir(join(extensions, folder, 'dist', 'node_modules', '@node-llama-cpp'));
    assert.deepEqual(engines.sort(), ENGINES[target], 'only the engines of this platform are in it');
  });
});
