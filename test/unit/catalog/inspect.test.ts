import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { estimatedModel } from '../../../src/catalog/index.ts';
import { digestOf } from '../../../src/oci/index.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import { modelHandler, sendJson } from '../../support/fakeRegistry.ts';
import { TINYCODE } from '../gguf/support.ts';
import { largeVocabulary, serve } from './support.ts';

/** `model` with a config of its own. */
function withConfig(model: BuiltModel, value: unknown): BuiltModel {
  const config = Buffer.from(JSON.stringify(value));
  const { mediaType } = model.configDescriptor;
  const configDescriptor = { mediaType, digest: digestOf(config), size: config.length };
  const parsed = JSON.parse(model.manifest.toString()) as object;
  const manifest = Buffer.from(JSON.stringify({ ...parsed, config: configDescriptor }));
  const manifestDescriptor = {
    ...model.manifestDescriptor,
    digest: digestOf(manifest),
    size: manifest.length,
  };
  return { ...model, config, configDescriptor, manifest, manifestDescriptor };
}

describe('a tag that is not pulled', () => {
  test('is told by its header, with three requests', async (t) => {
    const path = await largeVocabulary(t);
    const { inspector, reference, asked } = await serve(t, modelHandler(await buildDockerModel([path])));
    const found = await inspector.inspect(reference, { extent: 'whole' });
    assert.equal(found.source, 'header');
    assert.equal(found.description?.architecture, 'llama');
    assert.equal(found.description?.parameters, 2_609_472);
    assert.deepEqual([found.description?.tools, found.description?.thinking], [false, false]);
    assert.equal(asked().length, 3);
    assert.equal(found.reference.digest, found.manifestDigest);
    assert.equal(found.weightBytes, (await readFile(path)).length);
  });

  test('costs 64 KiB where only its shape is wanted', async (t) => {
    const path = await largeVocabulary(t);
    const { inspector, reference, asked } = await serve(t, modelHandler(await buildDockerModel([path])));
    const found = await inspector.inspect(reference, { extent: 'shape' });
    assert.deepEqual(asked(), ['manifest', 'blob', 'blob bytes=0-65535']);
    assert.equal(found.description?.blockCount, 2);
    assert.equal(found.description?.vocabularySize, 20_000);
    assert.equal(found.description?.chatTemplate, undefined);
    assert.ok(estimatedModel(found) !== undefined);
  });

  test('needs no header where the config has a copy of it', async (t) => {
    const gguf = {
      'general.architecture': 'qwen2',
      'general.license': 'apache-2.0',
      'general.size_label': '1.5B',
      'general.file_type': '15',
      'qwen2.block_count': '28',
      'qwen2.embedding_length': '1536',
      'qwen2.context_length': '32768',
      'qwen2.attention.head_count': '12',
      'qwen2.attention.head_count_kv': '2, 2',
      'tokenizer.chat_template': '{%- if tools %}{{ tools }}{% endif %}<think>',
    };
    const model = withConfig(await buildDockerModel([TINYCODE]), { config: { format: 'gguf', gguf } });
    const { inspector, reference, asked } = await serve(t, modelHandler(model));
    const found = await inspector.inspect(reference, { extent: 'whole' });
    assert.deepEqual(asked(), ['manifest', 'blob']);
    assert.equal(found.source, 'config');
    const { parameters, quantization, contextTokens, license, description } = found;
    assert.deepEqual(
      [parameters, quantization, contextTokens, license],
      ['1.5B', 'Q4_K_M', 32_768, 'apache-2.0'],
    );
    assert.deepEqual([description?.tools, description?.thinking], [true, true]);
  });

  test('is asked for once, by its digest', async (t) => {
    const { inspector, reference, asked } = await serve(t, modelHandler(await buildDockerModel([TINYCODE])));
    const first = await inspector.inspect(reference, { extent: 'whole' });
    const again = await inspector.inspect({ ...reference, tag: 'latest' }, { extent: 'shape' });
    assert.equal(asked().filter((what) => what.startsWith('blob')).length, 2);
    assert.equal(again.reference.tag, 'latest');
    assert.deepEqual({ ...again, reference: 0 }, { ...first, reference: 0 });
  });

  test('is read from a server that sends no parts, without getting all of it', async (t) => {
    const path = await largeVocabulary(t);
    const content = await readFile(path);
    const whole = Buffer.concat([content, Buffer.alloc(64 * 1024 * 1024)]);
    await writeFile(path, whole);
    const model = await buildDockerModel([path]);
    let sent = 0;
    const { inspector, reference } = await serve(t, async (request, response) => {
      if (request.url?.endsWith(model.layers[0]?.descriptor.digest ?? '') !== true)
        return modelHandler(model)(request, response);
      response.writeHead(200, { 'content-length': whole.length });
      for (let at = 0; at < whole.length && !response.destroyed; at += 65_536) {
        sent += 65_536;
        if (!response.write(whole.subarray(at, at + 65_536)))
          await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      }
      response.end();
    });
    const found = await inspector.inspect(reference, { extent: 'whole' });
    assert.equal(found.description?.blockCount, 2);
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were sent`);
  });

  test('has a problem and no description where its file is no GGUF', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-inspect-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'model.gguf');
    await writeFile(path, 'no gguf at all, whatever its name says');
    const { inspector, reference } = await serve(t, modelHandler(await buildDockerModel([path])));
    const found = await inspector.inspect(reference, { extent: 'whole' });
    assert.match(
      found.problem ?? '',
      /^The file 127\.0\.0\.1:\d+\/ai\/model:135M-Q4_K_M.* does not begin with “GGUF”/,
    );
    assert.equal(found.description, undefined);
    assert.equal(estimatedModel(found), undefined);
  });

  test('says why where the registry refuses the blob, and asks again the next time', async (t) => {
    const model = await buildDockerModel([TINYCODE]);
    let refuses = true;
    const { inspector, reference } = await serve(t, (request, response) => {
      if (refuses && request.url?.endsWith(model.layers[0]?.descriptor.digest ?? '') === true)
        return sendJson(response, 403, { errors: [{ code: 'DENIED', message: 'no' }] });
      return modelHandler(model)(request, response);
    });
    const refused = await inspector.inspect(reference, { extent: 'shape' });
    assert.ok(refused.problem !== undefined && refused.quantization === 'Q8_0');
    refuses = false;
    const found = await inspector.inspect(reference, { extent: 'shape' });
    assert.equal(found.problem, undefined);
    assert.equal(found.description?.blockCount, 5);
  });

  test('that is not there is an error, and so is one that was cancelled', async (t) => {
    const model = await buildDockerModel([TINYCODE]);
    const { inspector, reference } = await serve(t, (_request, response) => sendJson(response, 404, {}));
    await assert.rejects(
      inspector.inspect(reference, { extent: 'shape' }),
      (error) => error instanceof ModelError,
    );
    const controller = new AbortController();
    const second = await serve(t, (request, response) => {
      if (request.url?.endsWith(model.layers[0]?.descriptor.digest ?? '') !== true)
        return modelHandler(model)(request, response);
      controller.abort();
      response.writeHead(200, { 'content-length': model.layers[0]?.descriptor.size ?? 0 });
      response.write('GGUF');
    });
    await assert.rejects(
      second.inspector.inspect(second.reference, { extent: 'shape', signal: controller.signal }),
      (error) => error instanceof ModelError && error.code === 'cancelled',
    );
  });
});
