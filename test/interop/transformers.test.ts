/**
 * A folder of safetensors that we pulled, loaded by Hugging Face's own libraries: `npm run test:interop` installs
 * them into a virtual environment where Python is. PyTorch is some 200 MB larger than all the rest, so the tensors are
 * loaded by the safetensors package, which is what PyTorch's loader calls too.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runProgram } from '../../scripts/support/process.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { pullModel } from '../../src/transfer/index.ts';
import { makeTar } from '../support/archives.ts';
import { buildArtifact } from '../support/buildArtifact.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushModel } from '../support/pushModel.ts';
import { writeToySafetensors } from '../support/toySafetensors.ts';

/** Says what the libraries found, as JSON in its last line. */
const SCRIPT = `
import json, sys, glob, os
from safetensors import safe_open
from transformers import AutoConfig, AutoTokenizer
folder = sys.argv[1]
config = AutoConfig.from_pretrained(folder, local_files_only=True)
tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
index = json.load(open(os.path.join(folder, 'model.safetensors.index.json')))['weight_map']
tensors = {}
for path in sorted(glob.glob(os.path.join(folder, '*.safetensors'))):
    with safe_open(path, framework='numpy') as file:
        for name in file.keys():
            assert index[name] == os.path.basename(path), name
            tensors[name] = list(file.get_tensor(name).shape)
print(json.dumps({
    'model_type': config.model_type,
    'tokens': tokenizer('hello world')['input_ids'],
    'complete': sorted(tensors) == sorted(index),
    'embedding': tensors['model.embed_tokens.weight'],
}))
`;

const python = await findPython();

/** A Python that can make virtual environments. */
async function findPython(): Promise<string | undefined> {
  for (const name of ['python3', 'python']) {
    const found = await runProgram(name, ['-c', 'import venv, ensurepip']).catch(() => undefined);
    if (found?.code === 0) return name;
  }
  return undefined;
}

const skip = !hasDockerRegistry()
  ? 'docker-registry is not installed'
  : python === undefined
    ? 'Python with venv is not installed'
    : false;

describe('transformers', { skip }, () => {
  let folder: string;
  let server: DockerRegistry;
  let program: string;
  let missing: string | undefined;
  const registry = new RegistryClient();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-transformers-'));
    server = await startDockerRegistry();
    const made = await runProgram(python ?? 'python3', ['-m', 'venv', join(folder, 'venv')]);
    assert.equal(made.code, 0, made.output);
    program = join(folder, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
    const args = ['-m', 'pip', 'install', '--quiet', 'safetensors', 'numpy', 'transformers'];
    const { code, output } = await runProgram(program, args);
    if (code !== 0) missing = `transformers cannot be installed: ${output.trim().split('\n').at(-1)}`;
  });
  after(async () => {
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('loads what we pulled: configuration, tokenizer and every tensor', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const source = join(folder, 'source');
    await writeToySafetensors(source);
    const names = await readdir(source);
    const shards = names.filter((name) => name.endsWith('.safetensors')).sort();
    const others = names.filter((name) => !name.endsWith('.safetensors')).sort();
    const model = await buildArtifact({
      configType: 'application/vnd.docker.ai.model.config.v0.1+json',
      config: { config: { format: 'safetensors' } },
      layers: [
        ...shards.map((name) => ({
          path: join(source, name),
          mediaType: 'application/vnd.docker.ai.safetensors',
          annotations: { 'org.cncf.model.filepath': name },
        })),
        {
          path: await makeTar(join(folder, 'config.tar'), source, others),
          mediaType: 'application/vnd.docker.ai.vllm.config.tar',
        },
      ],
    });
    await pushModel(server.host, 'ai/toy', 'latest', model);
    const store = await ModelStore.open(join(folder, 'store'));
    const reference = parseReference(`${server.host}/ai/toy`);
    await pullModel(reference, { registry, store });

    const script = join(folder, 'load.py');
    await writeFile(script, SCRIPT);
    const { code, output } = await runProgram(program, [
      script,
      dirname(store.modelFilePath(reference, 'x')),
    ]);
    assert.equal(code, 0, output);
    assert.deepEqual(JSON.parse(output.trim().split('\n').at(-1) ?? ''), {
      model_type: 'llama',
      tokens: [3, 4],
      complete: true,
      embedding: [10, 16],
    });
  });
});
