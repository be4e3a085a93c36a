import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { type ForeignModel, importModel, isImported, listForeignModels } from '../../../src/adopt/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { listModels } from '../../../src/library/index.ts';
import { digestOf, formatReference, parseReference } from '../../../src/oci/index.ts';
import { buildArtifact } from '../../support/buildArtifact.ts';
import {
  fingerprint,
  writeDockerRunnerModel,
  writeHuggingFaceFile,
  writeLayoutModel,
  writeLlamaCppFile,
  writeLmStudioFile,
  writeOllamaModel,
} from '../../support/otherTools.ts';
import { gguf, LLAMA, text } from '../gguf/writer.ts';
import { otherToy, shard, type TestMachine, testMachine } from './support.ts';

async function only({ store, machine, home }: TestMachine): Promise<ForeignModel> {
  const { models } = await listForeignModels(store, { machine, layouts: [join(home, 'layout')] });
  assert.equal(models.length, 1);
  return models[0] as ForeignModel;
}

interface Case {
  readonly tool: string;
  readonly id: string;
  readonly fileName: string;
  readonly family: string;
  /** Puts the toy there; gives the path of its bytes. */
  readonly put: (setting: TestMachine) => Promise<string>;
}

const CASES: readonly Case[] = [
  {
    tool: 'Ollama',
    id: 'registry.ollama.ai/library/toy:latest',
    fileName: 'model.gguf',
    family: 'ollama',
    put: async ({ home, toy }) =>
      (await writeOllamaModel(join(home, '.ollama', 'models'), 'registry.ollama.ai/library/toy/latest', toy))
        .weightsPath,
  },
  {
    tool: 'Docker Model Runner',
    id: 'docker.io/ai/toy:latest',
    fileName: 'toy-F16.gguf',
    family: 'docker',
    put: async ({ home, toy }) =>
      (await writeDockerRunnerModel(join(home, '.docker', 'models'), ['ai/toy:latest'], [toy])).weightsPath,
  },
  {
    tool: 'OCI image layout',
    id: 'ghcr.io/org/toy:v1',
    fileName: 'toy-F16.gguf',
    family: 'docker',
    put: async ({ home, toy }) =>
      (await writeLayoutModel(join(home, 'layout'), 'ghcr.io/org/toy:v1', [toy])).weightsPath,
  },
  {
    tool: 'Hugging Face cache',
    id: 'huggingface.co/Org/Toy-GGUF:F16',
    fileName: 'toy-F16.gguf',
    family: 'docker',
    put: async ({ home, toy }) =>
      (
        await writeHuggingFaceFile(
          join(home, '.cache', 'huggingface', 'hub'),
          'Org/Toy-GGUF',
          'toy-F16.gguf',
          await readFile(toy),
        )
      ).blob,
  },
  {
    tool: 'llama.cpp',
    id: 'huggingface.co/org/toy:F16',
    fileName: 'org_toy_toy-F16.gguf',
    family: 'docker',
    put: async ({ home, toy }) =>
      writeLlamaCppFile(join(home, '.cache', 'llama.cpp'), 'org/toy', 'toy-F16.gguf', await readFile(toy)),
  },
  {
    tool: 'LM Studio',
    id: 'imported.invalid/lm-studio/pub/toy:F16',
    fileName: 'toy-F16.gguf',
    family: 'docker',
    put: async ({ home, toy }) =>
      writeLmStudioFile(join(home, '.lmstudio', 'models'), 'pub/Toy/toy-F16.gguf', await readFile(toy)),
  },
];

describe('a model that is imported', () => {
  for (const { tool, id, fileName, family, put } of CASES) {
    test(`from ${tool} is a model like any other, and the tool’s copy stays as it was`, async (t) => {
      const setting = await testMachine(t);
      const { store, machine, home, toy } = setting;
      const path = await put(setting);
      const before = await fingerprint(path);
      const model = await only(setting);
      assert.deepEqual([model.tool, model.state, formatReference(model.reference)], [tool, 'new', id]);
      const seen: number[] = [];
      const result = await importModel(store, model, { onProgress: (bytes) => seen.push(bytes) });
      assert.deepEqual([result.sharedBytes, result.copiedBytes], [model.sizeBytes, 0]);
      assert.equal(seen.at(-1), model.sizeBytes);
      const [listed, ...more] = await listModels(store);
      assert.equal(more.length, 0);
      assert.deepEqual(
        [listed?.id, listed?.problem, listed?.family, listed?.quantization, listed?.architecture],
        [
          id,
          undefined,
          family,
          tool === 'Docker Model Runner' || tool === 'OCI image layout' ? 'Q8_0' : 'F16',
          'llama',
        ],
      );
      assert.equal(basename(listed?.modelPath ?? ''), fileName);
      assert.equal((await only(setting)).state, 'present');
      const report = await store.verify();
      assert.deepEqual(report.damaged, []);
      assert.equal(await fingerprint(path), before);

      // Theirs goes, ours stays.
      await rm(join(home), { recursive: true });
      assert.deepEqual(await readFile(listed?.modelPath ?? ''), await readFile(toy));
      assert.equal((await listModels(store))[0]?.problem, undefined);
      assert.deepEqual((await listForeignModels(store, { machine })).models, []);
    });

    test(`from ${tool} can be deleted, and the tool’s copy is still there`, async (t) => {
      const setting = await testMachine(t);
      const path = await put(setting);
      const before = await fingerprint(path);
      const { reference } = await importModel(setting.store, await only(setting));
      await setting.store.deleteReference(reference);
      await setting.store.collectGarbage({ graceMs: 0 });
      assert.deepEqual(await listModels(setting.store), []);
      assert.deepEqual(await readFile(path), await readFile(setting.toy));
      assert.equal(await fingerprint(path), before);
      assert.equal((await only(setting)).state, 'new');
    });
  }

  test('keeps the manifest that the tool has, byte for byte', async (t) => {
    const setting = await testMachine(t);
    const written = await writeDockerRunnerModel(
      join(setting.home, '.docker', 'models'),
      ['toy'],
      [setting.toy],
    );
    const { reference } = await importModel(setting.store, await only(setting));
    const stored = await setting.store.getReference(reference);
    assert.equal(stored?.manifest.digest, digestOf(written.manifest));
    const size = { mediaType: '', digest: digestOf(written.manifest), size: written.manifest.length };
    assert.deepEqual(await setting.store.readBlob(size, 1_000_000), written.manifest);
  });

  test('has several GGUFs of which the headers tell the model', async (t) => {
    const setting = await testMachine(t);
    const { store, root, home, toy } = setting;
    // As large as the model, and named so that the name tells nothing.
    const adapter = gguf({ pairs: [...LLAMA, ['general.type', text('adapter')]] });
    const size = (await readFile(toy)).length;
    const path = join(root, 'a.gguf');
    await writeFile(path, Buffer.concat([adapter, Buffer.alloc(size)]));
    const layer = (file: string, title: string) => ({
      path: file,
      mediaType: 'application/octet-stream',
      annotations: { 'org.opencontainers.image.title': title },
    });
    const built = await buildArtifact({
      configType: 'application/x',
      layers: [layer(path, 'a.gguf'), layer(toy, 'b.gguf')],
    });
    await writeLayoutModel(join(home, 'layout'), 'ghcr.io/org/two:v1', built);
    await importModel(store, await only(setting));
    const [listed] = await listModels(store);
    assert.equal(listed?.problem, undefined);
    assert.equal(basename(listed?.modelPath ?? ''), 'b.gguf');
    assert.deepEqual(await readFile(listed?.modelPath ?? ''), await readFile(toy));
    assert.deepEqual(await readFile(join(listed?.modelPath ?? '', '..', 'a.gguf')), await readFile(path));
  });

  test('of several parts has all of them, with the names that llama.cpp expects', async (t) => {
    const setting = await testMachine(t);
    const models = join(setting.home, '.lmstudio', 'models', 'pub', 'big');
    const names = ['big-Q4_K_M-00001-of-00002.gguf', 'big-Q4_K_M-00002-of-00002.gguf'];
    for (const [index, name] of names.entries()) await writeLmStudioFile(models, name, shard(index + 1));
    await importModel(setting.store, await only(setting));
    const [listed] = await listModels(setting.store);
    assert.equal(listed?.problem, undefined);
    assert.equal(listed?.summary?.splitCount, 2);
    const folder = join(listed?.modelPath ?? '', '..');
    for (const [index, name] of names.entries()) {
      assert.deepEqual(await readFile(join(folder, name)), shard(index + 1));
    }
    assert.equal(basename(listed?.modelPath ?? ''), names[0]);
  });

  test('is copied where it may not be shared', async (t) => {
    const setting = await testMachine(t);
    const { store } = setting;
    await writeLmStudioFile(
      join(setting.home, '.lmstudio', 'models'),
      'a/b/c.gguf',
      await readFile(setting.toy),
    );
    const model = await only(setting);
    const result = await importModel(store, model, { ways: ['copy'] });
    assert.deepEqual([result.sharedBytes, result.copiedBytes], [0, model.sizeBytes]);
    assert.equal((await importModel(store, model)).presentBytes, model.sizeBytes);
  });

  test('says that it replaces another content of the same name', async (t) => {
    const setting = await testMachine(t);
    const { store, home, toy } = setting;
    const folder = join(home, '.docker', 'models');
    await writeDockerRunnerModel(folder, ['toy'], [toy]);
    await importModel(store, await only(setting));
    await rm(folder, { recursive: true });
    const newer = join(home, 'newer.gguf');
    await writeFile(newer, await otherToy(t, 'Newer.'));
    await writeDockerRunnerModel(folder, ['toy'], [newer]);
    const model = await only(setting);
    assert.equal(model.state, 'replaces');
    await importModel(store, model);
    assert.equal((await listModels(store)).length, 1);
    assert.equal((await only(setting)).state, 'present');
  });

  test('is known by its content, whatever it is called', async (t) => {
    const setting = await testMachine(t);
    const { store, home, toy, machine } = setting;
    await writeOllamaModel(join(home, '.ollama', 'models'), 'registry.ollama.ai/library/toy/latest', toy);
    await importModel(store, await only(setting));
    const hub = join(home, '.cache', 'huggingface', 'hub');
    await writeHuggingFaceFile(hub, 'org/toy', 'toy-F16.gguf', await readFile(toy));
    const { models } = await listForeignModels(store, { machine });
    assert.deepEqual(
      models.map(({ state }) => state),
      ['present', 'present'],
    );
  });
});

describe('an import that fails', () => {
  test('because the content is damaged lists nothing', async (t) => {
    for (const { tool, put } of CASES) {
      const setting = await testMachine(t);
      const path = await put(setting);
      const model = await only(setting);
      const bytes = Buffer.from(await readFile(path));
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      await writeFile(path, bytes);
      const named = !['llama.cpp', 'LM Studio'].includes(tool);
      const run = importModel(setting.store, model);
      // Where nobody said a digest, the bytes are what they are.
      if (named) await assert.rejects(run, (error) => isModelError(error, 'digest-mismatch'), tool);
      else await run;
      assert.equal((await listModels(setting.store)).length, named ? 0 : 1);
    }
  });

  test('because other parts of the model are missing lists nothing', async (t) => {
    const setting = await testMachine(t);
    const { store, root, home } = setting;
    const path = join(root, 'renamed.gguf');
    await writeFile(path, shard(1));
    await writeLayoutModel(join(home, 'layout'), 'ghcr.io/org/part:v1', [path]);
    await assert.rejects(
      importModel(store, await only(setting)),
      (error: unknown) =>
        isModelError(error, 'unsupported-artifact') &&
        /only 1 of the 2 files of the model/.test(error.message),
    );
    assert.deepEqual(await listModels(store), []);
  });

  test('because it is gone, or cancelled, or there is no room, lists nothing and tries again', async (t) => {
    const setting = await testMachine(t);
    const { store, home } = setting;
    const bytes = await readFile(setting.toy);
    const path = await writeLmStudioFile(join(home, '.lmstudio', 'models'), 'a/b/c.gguf', bytes);
    const model = await only(setting);
    const tries = [
      ['cancelled', { signal: AbortSignal.abort() }],
      ['disk-full', { ways: ['copy'], freeBytes: async () => 1000 }],
    ] as const;
    for (const [code, options] of tries) {
      await assert.rejects(importModel(store, model, options), (error) => isModelError(error, code));
    }
    await rm(path);
    await assert.rejects(importModel(store, model), (error) => isModelError(error, 'not-found'));
    assert.deepEqual(await listModels(store), []);
    await writeFile(path, bytes);
    await importModel(store, model);
    assert.equal((await listModels(store)).length, 1);
  });
});

test('an imported name is told from one that can be pulled', () => {
  assert.equal(isImported(parseReference('imported.invalid/lm-studio/pub/toy:F16')), true);
  assert.equal(isImported(parseReference('gemma3')), false);
});
