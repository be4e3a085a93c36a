import assert from 'node:assert/strict';
import { readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { LocalSources } from '../../../src/adopt/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { type Descriptor, digestOf } from '../../../src/oci/index.ts';
import { hashFile } from '../../../src/store/index.ts';
import {
  fingerprint,
  writeDockerRunnerModel,
  writeHuggingFaceFile,
  writeLayoutModel,
  writeLlamaCppFile,
  writeLlmmanModel,
  writeLmStudioFile,
  writeOllamaModel,
} from '../../support/otherTools.ts';
import { recordingLog, type TestMachine, testMachine } from './support.ts';

async function wantedToy({ toy }: TestMachine): Promise<Descriptor> {
  const bytes = await readFile(toy);
  return { mediaType: 'application/vnd.docker.ai.gguf.v3', digest: digestOf(bytes), size: bytes.length };
}

/** Puts the toy into one tool's store; gives the path where its bytes lie. */
const PLACES: readonly (readonly [string, (machine: TestMachine) => Promise<string>])[] = [
  [
    'Ollama',
    async ({ home, toy }) =>
      (await writeOllamaModel(join(home, '.ollama', 'models'), 'registry.ollama.ai/library/toy/latest', toy))
        .weightsPath,
  ],
  [
    'Docker Model Runner',
    async ({ home, toy }) =>
      (await writeDockerRunnerModel(join(home, '.docker', 'models'), ['ai/toy:latest'], [toy])).weightsPath,
  ],
  [
    'llmman',
    async ({ home, toy }) =>
      (await writeLlmmanModel(join(home, '.local', 'share', 'llmman', 'store'), 'docker.io/ai/toy:x', [toy]))
        .weightsPath,
  ],
  [
    'OCI image layout',
    async ({ home, toy }) => (await writeLayoutModel(join(home, 'layout'), 'v1', [toy])).weightsPath,
  ],
  [
    'Hugging Face cache',
    async ({ home, toy }) =>
      (
        await writeHuggingFaceFile(
          join(home, '.cache', 'huggingface', 'hub'),
          'org/toy',
          'sub/toy.gguf',
          await readFile(toy),
        )
      ).blob,
  ],
  [
    'Hugging Face cache',
    async ({ home, toy }) =>
      (
        await writeHuggingFaceFile(
          join(home, '.cache', 'huggingface', 'hub'),
          'org/toy',
          'toy.gguf',
          await readFile(toy),
          { links: false },
        )
      ).path,
  ],
  [
    'llama.cpp',
    async ({ home, toy }) =>
      writeLlamaCppFile(join(home, '.cache', 'llama.cpp'), 'org/toy', 'toy.gguf', await readFile(toy)),
  ],
  [
    'LM Studio',
    async ({ home, toy }) =>
      writeLmStudioFile(join(home, '.lmstudio', 'models'), 'pub/toy/toy.gguf', await readFile(toy)),
  ],
];

describe('content is found by its digest', () => {
  for (const [tool, put] of PLACES) {
    test(`in ${tool} (${put.toString().includes('links: false') ? 'without links' : 'as usual'})`, async (t) => {
      const setting = await testMachine(t);
      const path = await put(setting);
      const before = await fingerprint(path);
      const sources = new LocalSources({
        machine: setting.machine,
        layouts: () => [join(setting.home, 'layout')],
      });
      const wanted = await wantedToy(setting);
      assert.deepEqual(await sources.search().findLocalCopy(wanted), { path, tool });
      const adopted = await sources.search().adopt(setting.store, wanted);
      assert.deepEqual([adopted?.tool, adopted?.way], [tool, 'link']);
      assert.deepEqual(await readFile(setting.store.blobPath(wanted.digest)), await readFile(setting.toy));
      assert.equal(await fingerprint(path), before);
      const other = { ...wanted, digest: digestOf(Buffer.from('other')) };
      assert.equal(await sources.search().findLocalCopy(other), undefined);
      await truncate(path, 1000);
      assert.equal(await sources.search().findLocalCopy(wanted), undefined);
      await rm(path);
      assert.equal(await sources.search().findLocalCopy(wanted), undefined);
    });
  }

  test('where the environment says that the tools keep it', async (t) => {
    for (const [variable, below] of [
      ['OLLAMA_MODELS', ''],
      ['MODELS_PATH', ''],
      ['HF_HUB_CACHE', ''],
      ['HF_HOME', 'hub'],
      ['XDG_CACHE_HOME', 'huggingface/hub'],
      ['LLAMA_CACHE', ''],
    ] as const) {
      const root = await testMachine(t);
      const folder = join(root.home, 'elsewhere');
      const machine = { ...root.machine, env: { [variable]: folder } };
      const bytes = await readFile(root.toy);
      const place = join(folder, below);
      if (variable === 'OLLAMA_MODELS')
        await writeOllamaModel(place, 'registry.ollama.ai/library/toy/x', root.toy);
      else if (variable === 'MODELS_PATH') await writeDockerRunnerModel(place, ['toy'], [root.toy]);
      else await writeHuggingFaceFile(place, 'org/toy', 'toy.gguf', bytes);
      assert.notEqual(
        await new LocalSources({ machine }).search().findLocalCopy(await wantedToy(root)),
        undefined,
        variable,
      );
    }
  });

  test('and only files of exactly its size are hashed, once', async (t) => {
    const setting = await testMachine(t);
    const models = join(setting.home, '.lmstudio', 'models');
    const bytes = await readFile(setting.toy);
    const other = Buffer.from(bytes);
    other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
    const first = await writeLmStudioFile(models, 'pub/a/a.gguf', other);
    await writeLmStudioFile(models, 'pub/b/b.gguf', Buffer.concat([bytes, bytes]));
    const path = await writeLmStudioFile(models, 'pub/c/c.gguf', bytes);
    const hashed: string[] = [];
    const sources = new LocalSources({
      machine: setting.machine,
      hashFile: (file, like, options) => {
        hashed.push(file);
        return hashFile(file, like, options);
      },
    });
    const wanted = await wantedToy(setting);
    assert.equal((await sources.search().findLocalCopy(wanted))?.path, path);
    assert.equal((await sources.search().findLocalCopy(wanted))?.path, path);
    assert.deepEqual(hashed, [first, path]);
    // A file that was changed is another one.
    await writeFile(first, bytes);
    await utimes(first, 1_000_000_000, 1_000_000_000);
    assert.equal((await sources.search().findLocalCopy(wanted))?.path, first);
    assert.deepEqual(hashed, [first, path, first]);
  });

  test('and the folders are gone through once in a search', async (t) => {
    const setting = await testMachine(t);
    const models = join(setting.home, '.lmstudio', 'models');
    const other = Buffer.from('GGUF, and nothing else');
    await writeLmStudioFile(models, 'pub/a/a.gguf', other);
    const sources = new LocalSources({ machine: setting.machine });
    const wanted = await wantedToy(setting);
    const search = sources.search();
    assert.equal(await search.findLocalCopy(wanted), undefined);
    const path = await writeLmStudioFile(models, 'pub/b/b.gguf', await readFile(setting.toy));
    assert.equal(await search.findLocalCopy(wanted), undefined);
    const first = { mediaType: '', digest: digestOf(other), size: other.length };
    assert.equal((await search.findLocalCopy(first))?.tool, 'LM Studio');
    assert.equal((await sources.search().findLocalCopy(wanted))?.path, path);
  });

  test('and a damaged copy is logged and another tool’s is taken', async (t) => {
    const setting = await testMachine(t);
    const [[, ollama], , , , , , , [, lmStudio]] = PLACES as [
      (typeof PLACES)[0],
      unknown,
      unknown,
      unknown,
      unknown,
      unknown,
      unknown,
      (typeof PLACES)[0],
    ];
    const damaged = await ollama(setting);
    const bytes = Buffer.from(await readFile(damaged));
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(damaged, bytes);
    const path = await lmStudio(setting);
    const log = recordingLog();
    const sources = new LocalSources({ machine: setting.machine, log });
    const wanted = await wantedToy(setting);
    const adopted = await sources.search().adopt(setting.store, wanted);
    assert.deepEqual([adopted?.tool, adopted?.path], ['LM Studio', path]);
    assert.match(log.lines.join('\n'), /Ollama: .* has unexpected content/);
    await rm(path);
    await setting.store.removeBlob(wanted.digest);
    assert.equal(await sources.search().adopt(setting.store, wanted), undefined);
    assert.equal(await setting.store.hasBlob(wanted), false);
  });

  test('and looking can be cancelled', async (t) => {
    const setting = await testMachine(t);
    await writeLmStudioFile(
      join(setting.home, '.lmstudio', 'models'),
      'a/b/c.gguf',
      await readFile(setting.toy),
    );
    const sources = new LocalSources({ machine: setting.machine });
    const wanted = await wantedToy(setting);
    for (const run of [
      sources.search().findLocalCopy(wanted, { signal: AbortSignal.abort() }),
      sources.search().adopt(setting.store, wanted, { signal: AbortSignal.abort() }),
    ]) {
      await assert.rejects(run, (error) => isModelError(error, 'cancelled'));
    }
  });
});
