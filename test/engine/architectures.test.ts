/** What the real llama.cpp says of architectures, and of files that are no language models. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../src/base/error.ts';
import { Architectures } from '../../src/engine/index.ts';
import { file } from '../support/chat.ts';
import { bareModel, gguf, text, type Value } from '../unit/gguf/writer.ts';
import { createEngine, HOST_PATH, LOAD, temporaryFolder } from './support.ts';

type Pairs = readonly (readonly [string, Value])[];
const TENSORS = [{ name: 'token_embd.weight', sizes: [64, 64] }];

describe('llama.cpp', () => {
  test('says which architectures it knows', async () => {
    const architectures = new Architectures({ hostPath: HOST_PATH, libraryVersion: 'x' });
    const names = ['llama', 'qwen3', 'gpt-oss', 'gemma3', 'gptoss', 'sd3', 'llama9000'];
    const answers = await Promise.all(names.map((name) => architectures.knows(name)));
    assert.deepEqual(answers, [true, true, true, true, false, false, false]);
  });

  const refused: readonly (readonly [name: string, pairs: Pairs, sentence: RegExp])[] = [
    [
      'an architecture of tomorrow',
      bareModel('llama9000'),
      /this version of llama\.cpp does not know the architecture "llama9000"\. Choose/,
    ],
    ['a LoRA', [...bareModel('llama'), ['general.type', text('adapter')]], /a LoRA adapter/],
    ['an importance matrix', [['general.type', text('imatrix')]], /an importance matrix/],
    ['a projector', [['general.architecture', text('clip')]], /a projector/],
    ['an embedding model', bareModel('nomic-bert'), /an embedding model, which cannot chat/],
  ];
  for (const [name, pairs, sentence] of refused) {
    test(`is not given ${name}, and nobody is told to pull it again`, async (context) => {
      const modelPath = join(await temporaryFolder(context), 'model.gguf');
      await writeFile(modelPath, gguf({ pairs, tensors: TENSORS }));
      const { engine } = createEngine(context);
      const error = await engine.load(file(modelPath), LOAD).then(
        () => assert.fail('it was loaded'),
        (reason: unknown) => reason,
      );
      assert.ok(isModelError(error, 'unsupported-artifact'), String(error));
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /pull .* again/i);
    });
  }
});
