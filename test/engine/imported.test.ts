/** A model of another tool, imported, in the real llama.cpp. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { importModel, listForeignModels } from '../../src/adopt/index.ts';
import { listModels } from '../../src/library/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { chat, file } from '../support/chat.ts';
import { writeOllamaModel } from '../support/otherTools.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { ask, createEngine, LOAD, temporaryFolder } from './support.ts';

test('a model of Ollama is imported, answers, and goes on doing so without Ollama', async (context) => {
  const folder = await temporaryFolder(context);
  const gguf = join(folder, 'toy.gguf');
  const home = join(folder, 'home');
  await writeToyGguf(gguf, { reply: 'I was imported.' });
  await writeOllamaModel(join(home, '.ollama', 'models'), 'registry.ollama.ai/library/toy/latest', gguf);
  const store = await ModelStore.open(join(folder, 'store'));
  const machine = { home, platform: 'linux', env: {}, root: folder } as const;
  for (const model of (await listForeignModels(store, { machine })).models) await importModel(store, model);
  await rm(home, { recursive: true });
  const [model] = await listModels(store);
  const { engine } = createEngine(context);
  await engine.load(file(model?.modelPath ?? ''), LOAD);
  assert.equal((await chat(engine, ask('Hello'), {})).text, 'I was imported.');
});
