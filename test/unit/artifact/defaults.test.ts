import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ModelDefaults, readDefaults } from '../../../src/artifact/index.ts';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { GGUF, read } from './support.ts';

/** Defaults of a model of Ollama, or of another registry, with these files. */
async function defaultsOf(
  files: Readonly<Record<string, string>>,
  registry = 'registry.ollama.ai',
): Promise<ModelDefaults | undefined> {
  const manifest = {
    mediaType: MediaType.dockerManifest,
    configType: 'application/vnd.docker.container.image.v1+json',
    config: { model_format: 'gguf' },
    layers: ['model', ...Object.keys(files)].map((kind) => ({
      type: `application/vnd.ollama.image.${kind}`,
      content: kind,
      size: Buffer.byteLength(files[kind] ?? ''),
    })),
  };
  const artifact = read(manifest, registry);
  const byPath: Readonly<Record<string, string | undefined>> = {
    'system.txt': files['system'],
    'params.json': files['params'],
    'messages.json': files['messages'],
  };
  return readDefaults(artifact, async ({ path }) => Buffer.from(byPath[path] ?? assert.fail(path)));
}

describe('how a publisher wants a model to be run', () => {
  test('Ollama: system prompt, parameters and messages', async () => {
    const defaults = await defaultsOf({
      system: ' You are brief.\n',
      params: JSON.stringify({
        temperature: 0.2,
        top_p: 0.9,
        top_k: 40,
        min_p: 0.05,
        repeat_penalty: 1.1,
        repeat_last_n: -1,
        presence_penalty: 1.5,
        frequency_penalty: 0,
        seed: 7,
        num_predict: 100,
        num_ctx: 4096,
        stop: ['<|im_end|>', 'User:'],
        num_gpu: 99,
      }),
      messages: JSON.stringify([
        { role: 'user', content: 'Hi' },
        { role: 'tool', content: 'x' },
        { role: 'assistant', content: 'Hello' },
      ]),
      template: '{{ .Prompt }}',
    });
    assert.deepEqual(defaults, {
      system: 'You are brief.',
      sampling: {
        temperature: 0.2,
        topP: 0.9,
        topK: 40,
        minP: 0.05,
        repeatPenalty: 1.1,
        repeatLastN: -1,
        presencePenalty: 1.5,
        frequencyPenalty: 0,
        seed: 7,
      },
      maxTokens: 100,
      contextTokens: 4096,
      stop: ['<|im_end|>', 'User:'],
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
    });
  });

  test("Hugging Face's registry has the same parameters", async () => {
    const params = JSON.stringify({ stop: ['<|im_end|>'], temperature: 0.6, top_k: 20, top_p: 0.95 });
    assert.deepEqual(await defaultsOf({ params }, 'huggingface.co'), {
      sampling: { temperature: 0.6, topK: 20, topP: 0.95 },
      stop: ['<|im_end|>'],
    });
  });

  test('values of another type or out of bounds are left out', async () => {
    const params = {
      temperature: 'hot',
      top_p: 7,
      top_k: -2,
      min_p: null,
      repeat_penalty: 0,
      repeat_last_n: 2 ** 40,
      num_ctx: -1,
      num_predict: -1,
      stop: 'END',
      seed: -1,
    };
    assert.deepEqual(await defaultsOf({ params: JSON.stringify(params) }), { stop: ['END'] });
    assert.deepEqual(await defaultsOf({ params: JSON.stringify({ ...params, top_k: 20 }) }), {
      sampling: { topK: 20 },
      stop: ['END'],
    });
    for (const text of ['', 'null', '[]', '"x"', '{', '{"stop":[]}', '{"stop":[7]}']) {
      assert.equal(await defaultsOf({ params: text, messages: text }), undefined, text);
    }
    assert.equal(await defaultsOf({ system: ' \n' }), undefined);
  });

  test('a file that is far too large is not even read', async () => {
    assert.equal(await defaultsOf({ system: 'x'.repeat(300_000) }), undefined);
  });

  test("Docker: the config's context size; other families have files of such names too, which say nothing", async () => {
    const fail = () => assert.fail('nothing is read');
    const docker = read({ config: { config: { context_size: 2048 } }, layers: [{ type: GGUF }] });
    assert.deepEqual(await readDefaults(docker, fail), { contextTokens: 2048 });
    const layers = [
      { type: 'a/b', title: 'm.gguf' },
      { type: 'a/b', title: 'params.json' },
    ];
    assert.equal(await readDefaults(read({ configType: MediaType.empty, layers }), fail), undefined);
  });
});
