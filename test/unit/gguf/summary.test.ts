import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { readGgufSummary } from '../../../src/gguf/index.ts';
import { TINYCODE, writeFiles } from './support.ts';
import { gguf, LLAMA, text, u32, type Value } from './writer.ts';

describe('the summary', () => {
  test('of a trained model', async () => {
    const { chatTemplate, ...summary } = await readGgufSummary(TINYCODE);
    assert.deepEqual(summary, {
      version: 3,
      architecture: 'llama',
      name: 'tinycode',
      quantization: 'Q8_0',
      parameters: 3_738_368,
      contextTokens: 2048,
      embeddingLength: 256,
      blockCount: 5,
      feedForwardLength: 512,
      headCount: 4,
      headCountKv: 4,
      cache: { fullElements: 5 * 4 * 2 * 64, slidingElements: 0, stateBytes: 0 },
      vocabularySize: 1792,
      mergeCount: 1525,
      license: 'cc0-1.0',
      tools: true,
      thinking: false,
      infill: true,
      tensorCount: 47,
      matrixBytes: { Q8_0: 3_969_024 },
      embeddingBytes: 487_424,
      fileBytes: 4_037_824,
    });
    assert.match(chatTemplate ?? '', /^\{%- set ns/);
  });

  test('has only what the file says', async (t) => {
    const path = await writeFiles(t, { 'model.gguf': gguf({ version: 2, pairs: LLAMA }) });
    const summary = await readGgufSummary(path);
    assert.deepEqual(summary, {
      version: 2,
      architecture: 'llama',
      cache: { fullElements: 0, slidingElements: 0, stateBytes: 0 },
      parameters: 0,
      infill: false,
      tensorCount: 0,
      matrixBytes: {},
      fileBytes: summary.fileBytes,
    });
  });

  test('takes every type of number, wherever the architecture stands', async (t) => {
    const pairs: [string, Value][] = [
      ['x.u8', { type: 'u8', value: 200 }],
      ['x.i8', { type: 'i8', value: -3 }],
      ['x.u16', { type: 'u16', value: 60_000 }],
      ['x.i16', { type: 'i16', value: -3 }],
      ['x.f32', { type: 'f32', value: 0.5 }],
      ['x.f64', { type: 'f64', value: 0.25 }],
      ['x.i64', { type: 'i64', value: -(2 ** 40) }],
      ['x.bool', { type: 'bool', value: true }],
      ['x.text', text('passed over')],
      ['qwen2.context_length', { type: 'u64', value: 32_768 }],
      ['qwen2.block_count', { type: 'i32', value: 24 }],
      ['qwen2.embedding_length', { type: 'i32', value: -5 }],
      ['qwen2.attention.key_length', { type: 'u16', value: 128 }],
      ['qwen2.attention.value_length', { type: 'u8', value: 64 }],
      ['qwen2.attention.head_count', { type: 'u32s', value: [8, 16] }],
      ['qwen2.attention.head_count_kv', { type: 'u32s', value: [2, 4] }],
      ['qwen2.vocab_size', u32(1000)],
      ['llama.context_length', u32(7)],
      ['general.file_type', u32(1024 + 15)],
      ['general.architecture', text('qwen2')],
    ];
    const summary = await readGgufSummary(await writeFiles(t, { 'model.gguf': gguf({ pairs }) }));
    assert.deepEqual(summary, {
      version: 3,
      architecture: 'qwen2',
      quantization: 'Q4_K_M',
      parameters: 0,
      contextTokens: 32_768,
      blockCount: 24,
      headCount: 16,
      headCountKv: 4,
      keyLength: 128,
      valueLength: 64,
      // Two of the 24 layers are listed; the others have no heads.
      cache: { fullElements: (2 + 4) * (128 + 64), slidingElements: 0, stateBytes: 0 },
      vocabularySize: 1000,
      infill: false,
      tensorCount: 0,
      matrixBytes: {},
      fileBytes: summary.fileBytes,
    });
  });

  test('counts parameters from the shapes of quantised tensors', async (t) => {
    const tensors = [
      { name: 'a', sizes: [256, 4], type: 12 }, // Q4_K
      { name: 'b', sizes: [32], type: 8, offset: 4096 }, // Q8_0
    ];
    const path = await writeFiles(t, { 'model.gguf': gguf({ pairs: LLAMA, tensors, dataBytes: 4096 + 34 }) });
    const { parameters, tensorCount } = await readGgufSummary(path);
    assert.deepEqual([parameters, tensorCount], [256 * 4 + 32, 2]);
  });

  test('finds fill-in-the-middle by the ids and by the names of the tokens', async (t) => {
    const id = (key: string) => [`tokenizer.ggml.${key}_token_id`, u32(1)] as const;
    const tokens = (value: string[]) => ['tokenizer.ggml.tokens', { type: 'texts', value }] as const;
    const infill = async (pairs: readonly (readonly [string, Value])[]) => {
      const path = await writeFiles(t, { 'model.gguf': gguf({ pairs: [...LLAMA, ...pairs] }) });
      return (await readGgufSummary(path)).infill;
    };
    assert.equal(await infill(['fim_pre', 'fim_suf', 'fim_mid'].map(id)), true);
    assert.equal(await infill(['prefix', 'suffix', 'middle'].map(id)), true);
    assert.equal(await infill(['fim_pre', 'fim_suf'].map(id)), false);
    const many = Array.from({ length: 50_000 }, (_, index) => `token ${index}`);
    assert.equal(
      await infill([tokens([...many, '<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'])]),
      true,
    );
    assert.equal(await infill([tokens(['▁<PRE>', '▁<SUF>', '▁<MID>'])]), true);
    assert.equal(await infill([tokens([...many, '<|fim_prefix|>', '<fim_prefix>', '<|im_start|>'])]), false);
  });

  test('leaves out a chat template above 256 KiB', async (t) => {
    const with_ = (length: number) =>
      gguf({ pairs: [...LLAMA, ['tokenizer.chat_template', text('x'.repeat(length))]] });
    const small = await readGgufSummary(await writeFiles(t, { 'model.gguf': with_(256 * 1024) }));
    const large = await readGgufSummary(await writeFiles(t, { 'model.gguf': with_(256 * 1024 + 1) }));
    assert.equal(small.chatTemplate?.length, 256 * 1024);
    assert.equal('chatTemplate' in large, false);
  });
});

describe('a model of several files', () => {
  const shard = (no: number, count: number, elements: number) =>
    gguf({
      pairs: [
        ...(no === 0 ? LLAMA : []),
        ['split.no', { type: 'u16', value: no }],
        ['split.count', { type: 'u16', value: count }],
      ],
      tensors: elements === 0 ? [] : [{ name: `t${no}`, sizes: [elements] }],
    });
  const files = {
    'm-00001-of-00003.gguf': shard(0, 3, 0),
    'm-00002-of-00003.gguf': shard(1, 3, 64),
    'm-00003-of-00003.gguf': shard(2, 3, 32),
  };

  test('is summed up from its first one', async (t) => {
    const summary = await readGgufSummary(await writeFiles(t, files));
    const fileBytes = Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0);
    assert.deepEqual(
      [summary.parameters, summary.tensorCount, summary.splitCount, summary.fileBytes],
      [96, 2, 3, fileBytes],
    );
  });

  test('is invalid where one is missing or cut off, or it is not the first', async (t) => {
    const isInvalid = (pattern: RegExp) => (error: unknown) =>
      isModelError(error, 'gguf-invalid') && pattern.test(error.message);
    const { 'm-00003-of-00003.gguf': third, ...missing } = files;
    await assert.rejects(
      readGgufSummary(await writeFiles(t, missing)),
      isInvalid(/00003-of-00003\.gguf.*ENOENT/),
    );
    const cut = { ...files, 'm-00003-of-00003.gguf': third.subarray(0, -10) };
    await assert.rejects(readGgufSummary(await writeFiles(t, cut)), isInvalid(/end is missing/));
    await assert.rejects(
      readGgufSummary(await writeFiles(t, { 'x.gguf': shard(1, 3, 4) })),
      isInvalid(/part 2 of 3/),
    );
    const renamed = { 'm-00001-of-00002.gguf': shard(0, 3, 0) };
    await assert.rejects(readGgufSummary(await writeFiles(t, renamed)), isInvalid(/3 parts/));
  });

  test('under another name is read as the one file', async (t) => {
    const summary = await readGgufSummary(await writeFiles(t, { blob: shard(0, 3, 8) }));
    assert.deepEqual([summary.splitCount, summary.parameters], [3, 8]);
  });
});
