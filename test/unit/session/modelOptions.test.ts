/** A model's own options go before settings and publisher, and stay with its name in all windows. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { type ListedModel, OptionsOfModels } from '../../../src/session/index.ts';
import { answerDefaults, loadSettings } from '../../../src/session/listedModel.ts';
import { until } from '../../support/until.ts';

const ID = 'docker.io/ai/smollm2:135M-Q4_0';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-options-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'options');
}

function open(t: TestContext, folder: string, log = silentLog): OptionsOfModels {
  const options = new OptionsOfModels(folder, log);
  t.after(() => options.dispose());
  return options;
}

const MODEL: ListedModel = {
  id: ID,
  label: 'smollm2:135M-Q4_0',
  reference: parseReference(ID),
  manifestDigest: `sha256:${'0'.repeat(64)}`,
  sizeBytes: 1,
  pulledAt: 0,
  modelPath: '/m/model.gguf',
  adapterPaths: ['/m/adapter.gguf'],
} as unknown as ListedModel;

describe('options of a model', () => {
  test('are kept by its name, seen by other windows, and leave nothing behind when they are reset', async (t) => {
    const folder = await folderOf(t);
    const [one, other] = [open(t, folder), open(t, folder)];
    assert.deepEqual([...(await one.read())], []);
    await other.read();
    const options = { contextTokens: 4096, sampling: { temperature: 0.2 }, keepLoaded: true } as const;
    await one.write(ID, options);
    await one.write('a', { threads: 2 });
    await until(async () => (await other.read()).size === 2);
    assert.deepEqual((await other.read()).get(ID), options);
    assert.deepEqual((await open(t, folder).read()).get('a'), { threads: 2 });
    let changes = 0;
    one.onDidChange(() => changes++);
    await other.write(ID, {});
    await until(() => changes === 1);
    assert.deepEqual([...(await one.read())], [['a', { threads: 2 }]]);
    assert.equal((await readdir(folder)).length, 1);
  });

  test('that are damaged or out of bounds count as none, are said in the log, and can be set again', async (t) => {
    const folder = await folderOf(t);
    await open(t, folder).write(ID, { threads: 2 });
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    for (const damaged of [
      '',
      '{',
      '[]',
      text.replace(':2', ':-1'),
      text.replace(':2', ':"2"'),
      `${text}${' '.repeat(2 ** 20)}`,
    ]) {
      await writeFile(join(folder, name), damaged);
      const lines: string[] = [];
      const options = open(t, folder, { ...silentLog, warn: (line: string) => void lines.push(line) });
      assert.equal((await options.read()).size, 0, damaged.slice(0, 40));
      assert.equal(lines.length, 1);
      await options.write(ID, { threads: 3 });
      assert.deepEqual((await open(t, folder).read()).get(ID), { threads: 3 });
    }
  });

  test('decide how it is loaded before the settings do', () => {
    const settings = { contextTokens: 8192, threads: 4, gpu: 'off' } as const;
    const adapters = MODEL.adapterPaths;
    assert.deepEqual(loadSettings(MODEL, settings), { ...settings, adapters });
    const options = { contextTokens: 512, threads: 1, gpuLayers: 0, cacheType: 'q8_0' } as const;
    assert.deepEqual(loadSettings({ ...MODEL, options }, settings), { ...options, gpu: 'off', adapters });
    // Options of the answer do not load it again.
    const other = { systemPrompt: 'x', sampling: { seed: 1 }, keepLoaded: true } as const;
    assert.deepEqual(loadSettings({ ...MODEL, options: other }, settings), { ...settings, adapters });
  });

  test('decide how it answers before the publisher does, parameter by parameter', () => {
    const defaults = { system: 'Be kind.', sampling: { temperature: 0.6, topK: 20 }, stop: ['x'] };
    assert.deepEqual(answerDefaults(MODEL), {});
    assert.deepEqual(answerDefaults({ ...MODEL, defaults }), defaults);
    const options = { systemPrompt: 'Be brief.', sampling: { temperature: 0, seed: 7 } };
    assert.deepEqual(answerDefaults({ ...MODEL, defaults, options }), {
      system: 'Be brief.',
      sampling: { temperature: 0, topK: 20, seed: 7 },
      stop: ['x'],
    });
    assert.equal(answerDefaults({ ...MODEL, defaults, options: { systemPrompt: '' } }).system, undefined);
  });
});
