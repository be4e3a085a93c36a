import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { type ForeignModel, listForeignModels } from '../../../src/adopt/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf, formatReference } from '../../../src/oci/index.ts';
import {
  writeDockerRunnerModel,
  writeHuggingFaceFile,
  writeLayoutModel,
  writeLlamaCppFile,
  writeLlmmanModel,
  writeLmStudioFile,
  writeOllamaModel,
} from '../../support/otherTools.ts';
import { otherToy, recordingLog, shard, testMachine } from './support.ts';

/** What a row of the list says. */
function row({ tool, name, reference, quantization, state, sharesSpace }: ForeignModel) {
  return [tool, name, formatReference(reference), quantization, state, sharesSpace];
}

describe('models of', () => {
  test('Ollama, of its own registry and of others', async (t) => {
    const { machine, root, home, toy, store } = await testMachine(t);
    const folder = join(home, '.ollama', 'models');
    const service = join(root, 'usr', 'share', 'ollama', '.ollama', 'models');
    await writeOllamaModel(service, 'registry.ollama.ai/library/service/latest', toy);
    const toyBytes = await readFile(toy);
    const written = await writeOllamaModel(folder, 'registry.ollama.ai/library/qwen2.5-coder/1.5b', toy);
    await writeOllamaModel(folder, 'registry.ollama.ai/Someone/my-model/latest', toy);
    await writeOllamaModel(folder, 'hf.co/org/Repo-GGUF/F16', toy);
    await writeOllamaModel(folder, 'Registry.Example.com/Team/Model/v1', toy);
    const { models } = await listForeignModels(store, { machine });
    assert.deepEqual(models.map(row), [
      [
        'Ollama',
        'Registry.Example.com/Team/Model:v1',
        'imported.invalid/ollama/registry.example.com/team/model:v1',
        'F16',
        'new',
        true,
      ],
      ['Ollama', 'hf.co/org/Repo-GGUF:F16', 'huggingface.co/org/Repo-GGUF:F16', 'F16', 'new', true],
      ['Ollama', 'Someone/my-model:latest', 'registry.ollama.ai/Someone/my-model:latest', 'F16', 'new', true],
      ['Ollama', 'qwen2.5-coder:1.5b', 'registry.ollama.ai/library/qwen2.5-coder:1.5b', 'F16', 'new', true],
      ['Ollama', 'service:latest', 'registry.ollama.ai/library/service:latest', 'F16', 'new', true],
    ]);
    const model = models.find(({ name }) => name === 'qwen2.5-coder:1.5b');
    assert.equal(model?.found.kind, 'packaged');
    if (model?.found.kind !== 'packaged') return;
    assert.deepEqual(model.found.manifestBytes, written.manifest);
    assert.equal(model.found.paths.get(digestOf(toyBytes)), written.weightsPath);
    assert.ok(model.sizeBytes > toyBytes.length, 'licence, template and parameters count too');
  });

  test('Docker Model Runner, by every tag, and those without one', async (t) => {
    const { machine, home, toy, store } = await testMachine(t);
    const folder = join(home, '.docker', 'models');
    await writeDockerRunnerModel(
      folder,
      ['docker.io/ai/smollm2:latest', 'index.docker.io/ai/smollm2:135M'],
      [toy],
    );
    const shards = [join(home, 'a.gguf'), join(home, 'b.gguf')];
    await Promise.all(shards.map((path, index) => writeFile(path, shard(index + 1))));
    const untagged = await writeDockerRunnerModel(folder, [], shards);
    const id = digestOf(untagged.manifest).slice(7, 19);
    const { models } = await listForeignModels(store, { machine });
    assert.deepEqual(
      models.map((model) => row(model).slice(0, 3)),
      [
        ['Docker Model Runner', 'smollm2:latest', 'docker.io/ai/smollm2:latest'],
        ['Docker Model Runner', 'smollm2:135M', 'docker.io/ai/smollm2:135M'],
        ['Docker Model Runner', `sha256:${id}`, `imported.invalid/docker-model-runner:${id}`],
      ],
    );
  });

  test('llmman, in its old and its new layout', async (t) => {
    for (const write of [writeLayoutModel, writeLlmmanModel]) {
      const { machine, home, toy, store } = await testMachine(t);
      await write(join(home, '.local', 'share', 'llmman', 'store'), 'docker.io/ai/gemma3:4B-Q4_K_M', [toy]);
      const { models } = await listForeignModels(store, { machine });
      assert.deepEqual(
        models.map((model) => row(model).slice(0, 3)),
        [['llmman', 'docker.io/ai/gemma3:4B-Q4_K_M', 'docker.io/ai/gemma3:4B-Q4_K_M']],
      );
    }
  });

  test('OCI image layouts that the user named, and never of our own store', async (t) => {
    const { machine, home, toy, store } = await testMachine(t);
    const folder = join(home, 'My Layout');
    await writeLayoutModel(folder, 'v1', [toy]);
    const layouts = [folder, store.root, join(home, 'missing')];
    const { models, searched } = await listForeignModels(store, { machine, layouts });
    assert.deepEqual(
      models.map((model) => row(model).slice(0, 3)),
      [['OCI image layout', 'v1', 'imported.invalid/oci-layout/my-layout:v1']],
    );
    const places = searched.find(({ tool }) => tool === 'OCI image layout');
    assert.deepEqual(places?.folders, [folder, join(home, 'missing')]);
  });

  test('Hugging Face’s cache, through links and without them, with parts in folders', async (t) => {
    const { machine, home, toy, store } = await testMachine(t, { HF_HOME: '/nowhere/hf' });
    const hub = join(home, '.cache', 'huggingface', 'hub');
    const bytes = await readFile(toy);
    await writeHuggingFaceFile(hub, 'org/Toy-GGUF', 'toy-F16.gguf', bytes);
    await writeHuggingFaceFile(hub, 'org/Toy-GGUF', 'toy-UD-Q4_K_XL.gguf', await otherToy(t, 'Two.'));
    await writeHuggingFaceFile(hub, 'org/Toy-GGUF', 'mmproj-F16.gguf', bytes);
    await writeHuggingFaceFile(hub, 'org/Toy-GGUF', 'README.md', Buffer.from('#'));
    await writeHuggingFaceFile(hub, 'org/Toy-GGUF', 'old-F16.gguf', bytes, { commit: 'a'.repeat(40) });
    await writeHuggingFaceFile(hub, 'win/Toy-GGUF', 'a_Q8_0.gguf', bytes, { links: false });
    await writeHuggingFaceFile(hub, 'win/Toy-GGUF', 'b_Q8_0.gguf', await otherToy(t, 'B'), { links: false });
    await writeHuggingFaceFile(hub, 'big/Model', 'Q4_K_M/big-Q4_K_M-00001-of-00002.gguf', shard(1));
    await writeHuggingFaceFile(hub, 'big/Model', 'Q4_K_M/big-Q4_K_M-00002-of-00002.gguf', shard(2));
    const { models } = await listForeignModels(store, { machine });
    assert.deepEqual(
      models.map((model) => [row(model)[1], row(model)[2]]),
      [
        ['big/Model:Q4_K_M', 'huggingface.co/big/Model:Q4_K_M'],
        ['org/Toy-GGUF:F16', 'huggingface.co/org/Toy-GGUF:F16'],
        ['org/Toy-GGUF:UD-Q4_K_XL', 'huggingface.co/org/Toy-GGUF:UD-Q4_K_XL'],
        ['win/Toy-GGUF:a_Q8_0.gguf', 'huggingface.co/win/Toy-GGUF:a_Q8_0.gguf'],
        ['win/Toy-GGUF:b_Q8_0.gguf', 'huggingface.co/win/Toy-GGUF:b_Q8_0.gguf'],
      ],
    );
    const [big, toyModel] = models;
    assert.ok(big?.found.kind === 'plain' && toyModel?.found.kind === 'plain');
    assert.deepEqual(
      big.found.files.map(({ name, digest }) => [name, digest]),
      [
        ['big-Q4_K_M-00001-of-00002.gguf', digestOf(shard(1))],
        ['big-Q4_K_M-00002-of-00002.gguf', digestOf(shard(2))],
      ],
    );
    assert.equal(big.sizeBytes, shard(1).length + shard(2).length);
    // The branch that is current now, and not an older snapshot, has the name.
    assert.equal(toyModel.found.files[0]?.name, 'old-F16.gguf');
  });

  test('llama.cpp, with the repository where it is known', async (t) => {
    for (const [platform, folder, env] of [
      ['linux', '.cache/llama.cpp', {}],
      ['darwin', 'Library/Caches/llama.cpp', {}],
      ['win32', 'AppData/Local/llama.cpp', {}],
    ] as const) {
      const { machine, home, toy, store } = await testMachine(t, env, platform);
      const cache = join(home, ...folder.split('/'));
      await writeLlamaCppFile(cache, 'org/Toy_x-GGUF', 'toy-Q4_K_M.gguf', await readFile(toy));
      await writeLlamaCppFile(cache, 'ai/smollm2', '135M-Q4_0.gguf', await otherToy(t, 'Two.'), {
        manifest: false,
      });
      await writeFile(join(cache, 'org_Toy_x-GGUF_part.gguf.downloadInProgress'), await readFile(toy));
      const { models } = await listForeignModels(store, { machine });
      assert.deepEqual(
        models.map((model) => row(model).slice(0, 3)),
        [
          ['llama.cpp', 'ai_smollm2_135M-Q4_0', 'imported.invalid/llama.cpp/ai_smollm2_135m-q4_0:Q4_0'],
          ['llama.cpp', 'org/Toy_x-GGUF:Q4_K_M', 'huggingface.co/org/Toy_x-GGUF:Q4_K_M'],
        ],
      );
    }
  });

  test('LM Studio, where it keeps them by default, since ever, and where the user chose', async (t) => {
    const { machine, home, toy, store } = await testMachine(t);
    const bytes = await readFile(toy);
    const chosen = join(home, 'disk', 'models');
    await mkdir(join(home, '.lmstudio'));
    await writeFile(join(home, '.lmstudio', 'settings.json'), JSON.stringify({ downloadsFolder: chosen }));
    await writeLmStudioFile(chosen, 'lmstudio-community/Qwen2.5 Coder!/Qwen2.5-Coder-Q4_K_M.gguf', bytes);
    await writeLmStudioFile(join(home, '.lmstudio', 'models'), 'pub/repo/model.gguf', await otherToy(t, '2'));
    await writeLmStudioFile(
      join(home, '.cache', 'lm-studio', 'models'),
      'pub/old/m-Q8_0.gguf',
      await otherToy(t, '3'),
    );
    const { models } = await listForeignModels(store, { machine });
    assert.deepEqual(
      models.map((model) => [row(model)[1], row(model)[2]]),
      [
        [
          'lmstudio-community/Qwen2.5 Coder!:Q4_K_M',
          'imported.invalid/lm-studio/lmstudio-community/qwen2.5-coder:Q4_K_M',
        ],
        ['pub/repo:model', 'imported.invalid/lm-studio/pub/repo:model'],
        ['pub/old:Q8_0', 'imported.invalid/lm-studio/pub/old:Q8_0'],
      ],
    );
    await writeFile(join(home, '.lmstudio-home-pointer'), `${join(home, 'elsewhere')}\n`);
    await writeLmStudioFile(join(home, 'elsewhere', 'models'), 'pub/new/n-F16.gguf', await otherToy(t, '4'));
    const after = await listForeignModels(store, { machine });
    assert.ok(after.models.some(({ name }) => name === 'pub/new:F16'));
  });
});

describe('what is damaged or half gone', () => {
  test('is left out and logged, and hides nothing', async (t) => {
    const { machine, home, toy, store } = await testMachine(t);
    const ollama = join(home, '.ollama', 'models');
    const runner = join(home, '.docker', 'models');
    const hub = join(home, '.cache', 'huggingface', 'hub');
    const lmStudio = join(home, '.lmstudio', 'models');
    const names = [
      'good',
      'no-weights',
      'short-weights',
      'no-config',
      'wrong-config',
      'no-json',
      'empty',
    ] as const;
    for (const [index, name] of names.entries()) {
      const path = join(home, `${name}.gguf`);
      await writeFile(path, name === 'good' ? await readFile(toy) : await otherToy(t, `reply ${index}`));
      const written = await writeOllamaModel(ollama, `registry.ollama.ai/library/${name}/latest`, path);
      if (name === 'no-weights') await rm(written.weightsPath);
      if (name === 'short-weights') await truncate(written.weightsPath, 1000);
      if (name === 'no-json') await writeFile(written.manifestPath, '{');
      if (name === 'empty') await writeFile(written.manifestPath, '');
      if (name === 'no-config' || name === 'wrong-config') {
        const manifest = JSON.parse(written.manifest.toString()) as { config: { digest: string } };
        manifest.config.digest = digestOf(Buffer.from(name));
        await writeFile(written.manifestPath, JSON.stringify(manifest));
        const path = join(ollama, 'blobs', manifest.config.digest.replace(':', '-'));
        if (name === 'wrong-config') await writeFile(path, 'another config');
      }
    }
    const damaged = await writeDockerRunnerModel(runner, ['ai/damaged:latest'], [toy]);
    await writeFile(damaged.manifestPath, damaged.manifest.toString().replace('"size"', '"siZe"'));
    await writeHuggingFaceFile(hub, 'org/half', 'half-00001-of-00002.gguf', shard(1));
    const gone = await writeHuggingFaceFile(hub, 'org/gone', 'gone-F16.gguf', await otherToy(t, 'gone'));
    await rm(gone.blob);
    await writeLmStudioFile(lmStudio, 'pub/repo/html-Q4_0.gguf', Buffer.from('<!DOCTYPE html>'));
    await writeLmStudioFile(lmStudio, 'pub/repo/cut-Q8_0.gguf', (await readFile(toy)).subarray(0, 50_000));
    await writeLmStudioFile(lmStudio, 'pub/repo/second-Q6_K.gguf', shard(1));
    const log = recordingLog();
    const { models } = await listForeignModels(store, { machine, log });
    assert.deepEqual(
      models.map(({ name }) => name),
      ['good:latest'],
    );
    const lines = log.lines.join('\n');
    for (const [name, reason] of [
      ['no-weights:latest', 'is missing or not whole'],
      ['short-weights:latest', 'is missing or not whole'],
      ['no-config:latest', 'its config is missing or damaged'],
      ['wrong-config:latest', 'its config is missing or damaged'],
      ['no-json:latest', 'it is not JSON'],
      ['empty:latest', 'it is empty'],
      ['damaged:latest', 'its manifest is damaged'],
      ['half-00001-of-00002.gguf', '1 of its 2 parts are there'],
      ['html-Q4_0.gguf', 'not a usable GGUF file'],
      ['cut-Q8_0.gguf', 'not a usable GGUF file'],
      ['second-Q6_K.gguf', 'it is one of 2 parts'],
    ] as const) {
      assert.match(lines, new RegExp(`${name.replaceAll('.', '\\.')}.*${reason}`), name);
    }
  });

  test('of the tools’ own lists is left out: they may be anything', async (t) => {
    const { machine, home, store } = await testMachine(t);
    const layout = join(home, 'layout');
    const lists = [
      join(home, '.docker', 'models', 'models.json'),
      join(layout, 'index.json'),
      join(home, '.lmstudio', 'settings.json'),
      join(home, '.lmstudio-home-pointer'),
      join(layout, 'manifests', 'a', 'b'),
    ];
    for (const path of lists) await mkdir(dirname(path), { recursive: true });
    for (const text of [
      '',
      '[]',
      'null',
      '{"models":5,"manifests":5}',
      '{"models":[{"id":"sha256:../../x","tags":5}],"manifests":[{"digest":"sha256:../../x"}]}',
      '\0'.repeat(1000),
    ]) {
      for (const path of lists) await writeFile(path, text);
      assert.deepEqual((await listForeignModels(store, { machine, layouts: [layout] })).models, []);
    }
  });

  test('does not lead out of the store: digests and links are not paths', async (t) => {
    const { machine, home, toy, store } = await testMachine(t);
    const ollama = join(home, '.ollama', 'models');
    const written = await writeOllamaModel(ollama, 'registry.ollama.ai/library/evil/latest', toy);
    const evil = written.manifest
      .toString()
      .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:../../../../etc/passwd');
    await writeFile(written.manifestPath, evil);
    // A loop of folders.
    const models = join(home, '.lmstudio', 'models');
    await writeLmStudioFile(models, 'pub/repo/m-F16.gguf', await readFile(toy));
    await symlink('..', join(models, 'pub', 'up'));
    await symlink('/', join(models, 'root'));
    const { models: found } = await listForeignModels(store, { machine });
    assert.deepEqual(
      found.map(({ name }) => name),
      ['pub/repo:F16'],
    );
  });

  test('is nothing at all on a machine without other tools', async (t) => {
    const { machine, store } = await testMachine(t, { OLLAMA_MODELS: '', HF_HOME: '/nowhere' });
    const log = recordingLog();
    const { models, searched } = await listForeignModels(store, { machine, log });
    assert.deepEqual([models, log.lines], [[], []]);
    assert.deepEqual(
      searched.map(({ tool }) => tool),
      ['Ollama', 'Docker Model Runner', 'llmman', 'Hugging Face cache', 'llama.cpp', 'LM Studio'],
    );
  });

  test('and cannot be read is logged', async (t) => {
    const { machine, home, store } = await testMachine(t);
    const folder = join(home, '.ollama', 'models');
    await mkdir(folder, { recursive: true });
    await symlink('manifests', join(folder, 'manifests'));
    const log = recordingLog();
    assert.deepEqual((await listForeignModels(store, { machine, log })).models, []);
    assert.match(log.lines.join('\n'), /manifests cannot be read \(ELOOP\) and is left out/);
  });

  test('and looking can be cancelled', async (t) => {
    const { machine, home, toy, store } = await testMachine(t);
    await writeOllamaModel(join(home, '.ollama', 'models'), 'registry.ollama.ai/library/a/latest', toy);
    await assert.rejects(listForeignModels(store, { machine, signal: AbortSignal.abort() }), (error) =>
      isModelError(error, 'cancelled'),
    );
  });
});
