/** The engine's process gets what it needs, and no secrets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ProcessEngine } from '../../../../src/engine/index.ts';
import { allowedVariables } from '../../../../src/engine/llama/process/hostEnvironment.ts';
import { file } from '../../../support/chat.ts';

const hostPath = fileURLToPath(new URL('scriptedHost.ts', import.meta.url));

test('devices, libraries and temporary files are found, tokens are not passed on', () => {
  const needed = { PATH: '/bin', Path: 'C:', HOME: '/h', TMPDIR: '/t', LC_ALL: 'C', LD_LIBRARY_PATH: '/l' };
  const devices = { CUDA_VISIBLE_DEVICES: '0', GGML_VK_VISIBLE_DEVICES: '1', HSA_OVERRIDE_GFX_VERSION: '1' };
  const secrets = {
    GITHUB_TOKEN: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    HF_TOKEN: 'x',
    HTTPS_PROXY: 'http://user:secret@proxy',
    NODE_OPTIONS: '--inspect',
    npm_config__auth: 'x',
    NVIDIA_API_KEY: 'x',
    LLAMA_API_KEY: 'x',
    LLAMA_CLOUD_API_KEY: 'x',
    METAL_AUTH_TOKEN: 'x',
    GPU_CLOUD_PASSWORD: 'x',
    MY_PATH: 'x',
  };
  assert.deepEqual(allowedVariables({ ...needed, ...devices, ...secrets }), { ...needed, ...devices });
});

test('the process itself has them, and those that it is given', async (t) => {
  process.env['OCI_MODELS_TEST_TOKEN'] = 'planted';
  t.after(() => delete process.env['OCI_MODELS_TEST_TOKEN']);
  const engine = new ProcessEngine({ hostPath, env: { GIVEN: 'four' } });
  t.after(() => engine.unload());
  await engine.load(file('/m/ok.gguf'), { gpu: 'off' });
  const lengths = await Promise.all(
    ['OCI_MODELS_TEST_TOKEN', 'GIVEN', 'UV_THREADPOOL_SIZE'].map((name) => engine.count(`variable ${name}`)),
  );
  assert.deepEqual(lengths, [0, 4, 1]);
});
