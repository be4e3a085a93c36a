import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { cacheShape } from '../../../src/gguf/cacheShape.ts';
import { templateAbilities } from '../../../src/gguf/chatTemplate.ts';
import { ggmlType } from '../../../src/gguf/ggmlTypes.ts';
import { describeGguf, describePublishedMetadata, type GgufSource } from '../../../src/gguf/index.ts';
import type { MetadataValue } from '../../../src/gguf/metadata.ts';
import { ArchitectureValues } from '../../../src/gguf/values.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';
import { gguf, LLAMA, text, u32, type Value } from './writer.ts';

/** The shape of an architecture with these values. */
function shapeOf(architecture: string, values: Readonly<Record<string, MetadataValue>>) {
  const entries = Object.entries(values).map(([key, value]) => [`${architecture}.${key}`, value] as const);
  return cacheShape(new ArchitectureValues(new Map(entries), architecture));
}

const layers = (count: number, head = 64) => ({
  block_count: count,
  embedding_length: 8 * head,
  'attention.head_count': 8,
  'attention.head_count_kv': 2,
});
/** Elements that one layer of {@link layers} keeps of a token. */
const LAYER = 2 * 2 * 64;

describe('what layers keep', () => {
  test('is a key and a value of each token', () => {
    assert.deepEqual(shapeOf('llama', layers(10)), {
      fullElements: 10 * LAYER,
      slidingElements: 0,
      stateBytes: 0,
    });
  });

  test('slides in the pattern of the architecture, or of the file', () => {
    const window = { 'attention.sliding_window': 1024 };
    const slides = (architecture: string, more = {}) => {
      const shape = shapeOf(architecture, { ...layers(12), ...window, ...more });
      return [shape.fullElements / LAYER, shape.slidingElements / LAYER, shape.slidingWindow];
    };
    assert.deepEqual(slides('gemma3'), [2, 10, 1024]);
    assert.deepEqual(slides('gpt-oss'), [6, 6, 1024]);
    assert.deepEqual(slides('gemma2'), [6, 6, 4096]);
    assert.deepEqual(slides('llama4'), [3, 9, 8192]);
    assert.deepEqual(slides('llama4', { 'attention.sliding_window': 0 }), [12, 0, undefined]);
    // Phi 3 states a window that llama.cpp does not use.
    assert.deepEqual(slides('phi3'), [12, 0, undefined]);
    assert.deepEqual(slides('mellum', { 'attention.sliding_window_pattern': 3 }), [4, 8, 1024]);
    const list = [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    assert.deepEqual(slides('gemma4', { 'attention.sliding_window_pattern': list }), [1, 11, 1024]);
  });

  test('is shared, compressed or drafted in some models', () => {
    assert.equal(shapeOf('gemma3n', layers(30)).fullElements, 20 * LAYER);
    const shared = { 'attention.shared_kv_layers': 4 };
    assert.equal(shapeOf('gemma4', { ...layers(10), ...shared }).fullElements, 6 * LAYER);
    assert.equal(shapeOf('glm4moe', { ...layers(10), nextn_predict_layers: 1 }).fullElements, 9 * LAYER);
    const latent = {
      ...layers(10),
      'attention.head_count_kv': 1,
      'attention.key_length': 576,
      'attention.value_length': 512,
      'attention.key_length_mla': 192,
    };
    assert.equal(shapeOf('deepseek2', latent).fullElements, 10 * 576);
  });

  test('is a state in recurrent layers', () => {
    const ssm = { 'ssm.conv_kernel': 4, 'ssm.inner_size': 1024, 'ssm.state_size': 16, 'ssm.group_count': 1 };
    const state = (3 * (1024 + 32) + 16 * 1024) * 4;
    assert.deepEqual(shapeOf('mamba2', { ...layers(10), ...ssm }), {
      fullElements: 0,
      slidingElements: 0,
      stateBytes: 10 * state,
    });
    const hybrid = { ...layers(8), ...ssm, 'attention.head_count_kv': [0, 0, 0, 2, 0, 0, 0, 2] };
    assert.deepEqual(shapeOf('jamba', hybrid), {
      fullElements: 2 * LAYER,
      slidingElements: 0,
      stateBytes: 6 * state,
    });
    const { fullElements, stateBytes } = shapeOf('qwen3next', { ...layers(8), ...ssm });
    assert.deepEqual([fullElements, stateBytes], [2 * LAYER, 6 * state]);
    const both = shapeOf('falcon-h1', { ...layers(8), ...ssm });
    assert.deepEqual([both.fullElements, both.stateBytes], [8 * LAYER, 8 * state]);
    assert.equal(
      shapeOf('lfm2', { ...layers(1), 'shortconv.l_cache': 3, 'attention.head_count_kv': [0] }).stateBytes,
      512 * 2 * 4,
    );
  });
});

describe('a chat template', () => {
  const table: readonly [template: string, tools: boolean, thinking: boolean][] = [
    ['{%- if tools %}{{ tools | tojson }}{% endif %}', true, false],
    ['{% if custom_tools is defined %}{% set tools = custom_tools %}{% endif %}', true, false],
    ['{%- for tool in tools -%}x{%- endfor -%}', true, false],
    ['{{ messages }} You may use tools.', false, false],
    ["{{ 'the tools are' }}", true, false],
    ['{% if enable_thinking is defined %}<think>\n\n</think>{% endif %}', false, true],
    ['{{ message.reasoning_content }}', false, true],
    ['<|start|>assistant<|channel|>final', false, true],
    ['{{ message.tools_used }}', false, false],
    ['{% for', false, false],
  ];
  for (const [template, tools, thinking] of table)
    test(template.slice(0, 40), () => assert.deepEqual(templateAbilities(template), { tools, thinking }));

  test('of a stranger does not take long', () => {
    const start = cpuMs();
    for (const piece of ['{%', '{{', '{% tools', '}}{{', '<think'])
      templateAbilities(piece.repeat(Math.floor((256 * 1024) / piece.length)));
    assert.ok(cpuMs() - start < 500);
  });
});

test('the sizes of the newest tensor types are those of ggml-common.h', () => {
  const sizes = [39, 40, 41, 42, 43].map((number) => {
    const type = ggmlType(number);
    return type && [type.name, type.blockElements, type.blockBytes];
  });
  assert.deepEqual(sizes, [
    ['MXFP4', 32, 17],
    ['NVFP4', 64, 36],
    ['Q1_0', 128, 18],
    ['Q2_0', 64, 18],
    undefined,
  ]);
});

describe('a copy of the metadata in a config', () => {
  const QWEN = {
    'general.architecture': 'qwen2',
    'qwen2.block_count': '2',
    'qwen2.embedding_length': '512',
    'qwen2.attention.head_count': '8',
  };
  const describeTexts = (more: Readonly<Record<string, string>>) =>
    describePublishedMetadata(new Map(Object.entries({ ...QWEN, ...more })));

  test('has numbers, lists and texts as texts', () => {
    const found = describeTexts({
      'qwen2.attention.head_count_kv': '[1 2]',
      'general.name': '7',
      'tokenizer.chat_template': '{{ tools }}',
      'tokenizer.ggml.fim_pre_token_id': '1',
      'tokenizer.ggml.fim_suf_token_id': '2',
      'tokenizer.ggml.fim_mid_token_id': '3',
    });
    assert.equal(found?.cache.fullElements, 3 * 128);
    assert.deepEqual([found?.name, found?.tools, found?.infill], ['7', true, true]);
    assert.equal(describeTexts({ 'qwen2.attention.head_count_kv': '1, 2' })?.cache.fullElements, 3 * 128);
    assert.equal(found?.parameters, undefined);
    const sampled = describeTexts({ 'general.sampling.temp': '0.700000', 'general.sampling.top_k': '20' });
    assert.deepEqual(sampled?.sampling, { temperature: 0.7, topK: 20 });
  });

  test('that says too little is none', () => {
    assert.equal(describePublishedMetadata(new Map([['architecture', 'llama']])), undefined);
    assert.equal(describePublishedMetadata(new Map([['general.architecture', 'llama']])), undefined);
    assert.equal(describeTexts({ 'qwen2.block_count': 'many' }), undefined);
  });

  test('of a stranger is never a failure, and never takes long', () => {
    const key = fc.constantFrom(...Object.keys(QWEN), 'qwen2.attention.head_count_kv', 'general.size_label');
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('-1', '1e308', '99999999999999999999', '1,'.repeat(9999)),
    );
    const start = cpuMs();
    fc.assert(
      fc.property(fc.dictionary(key, value), (texts) => {
        const cache = describeTexts(texts)?.cache;
        assert.ok(cache === undefined || cache.fullElements >= 0);
      }),
    );
    assert.ok(cpuMs() - start < 2000);
  });
});

/** A source in memory that counts what is asked of it, and gives bytes in small pieces. */
class Pieces implements GgufSource {
  readonly name = 'of example.com/a/b:c';
  readonly #bytes: Buffer;
  read_ = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async read(target: Buffer, position: number, atLeast: number): Promise<number> {
    const count = Math.min(atLeast, target.length, this.size - position);
    this.read_ = Math.max(this.read_, position + count);
    return this.#bytes.copy(target, 0, position, position + count);
  }
}

const SHAPE: readonly (readonly [string, Value])[] = [
  ...LLAMA,
  ['llama.block_count', u32(2)],
  ['llama.embedding_length', u32(512)],
  ['llama.context_length', u32(4096)],
];
const TOKENS: readonly [string, Value] = [
  'tokenizer.ggml.tokens',
  { type: 'texts', value: Array.from({ length: 1000 }, (_, index) => `token ${index}`) },
];

describe('a header from elsewhere', () => {
  test('is read up to the vocabulary where only the shape is wanted', async () => {
    const bytes = gguf({ pairs: [...SHAPE, TOKENS, ['tokenizer.chat_template', text('{{ tools }}')]] });
    const source = new Pieces(bytes);
    const found = await describeGguf(source, 'shape');
    assert.deepEqual([found.blockCount, found.vocabularySize, found.tools], [2, 1000, undefined]);
    assert.equal('infill' in found, false);
    assert.ok(source.read_ < 400, `${source.read_} bytes were read`);
    assert.equal((await describeGguf(source, 'whole')).tools, true);
  });

  test('is read to the end where the shape comes late', async () => {
    const found = await describeGguf(new Pieces(gguf({ pairs: [TOKENS, ...SHAPE] })), 'shape');
    assert.deepEqual([found.blockCount, found.infill], [2, false]);
  });

  test('says how the model wants to be sampled', async () => {
    const f32 = (value: number): Value => ({ type: 'f32', value });
    const sampling: [string, Value][] = [
      ['general.sampling.temp', f32(0.6)],
      ['general.sampling.top_k', { type: 'i32', value: 20 }],
      ['general.sampling.top_p', f32(0.95)],
      ['general.sampling.min_p', f32(0.05)],
      ['general.sampling.penalty_repeat', f32(1.05)],
      ['general.sampling.penalty_last_n', { type: 'i32', value: -1 }],
      ['general.sampling.mirostat', { type: 'i32', value: 2 }],
    ];
    const found = await describeGguf(new Pieces(gguf({ pairs: [...SHAPE, ...sampling, TOKENS] })), 'shape');
    assert.deepEqual(found.sampling, {
      temperature: 0.6,
      topK: 20,
      topP: 0.95,
      minP: 0.05,
      repeatPenalty: 1.05,
      repeatLastN: -1,
    });
    const hostile: [string, Value][] = [
      ['general.sampling.temp', f32(Number.NaN)],
      ['general.sampling.top_k', { type: 'i64', value: Number.MAX_SAFE_INTEGER }],
      ['general.sampling.top_p', text('0.9')],
      ['general.sampling.min_p', { type: 'u32s', value: [1] }],
      ['general.sampling.penalty_repeat', f32(Number.POSITIVE_INFINITY)],
      ['general.sampling.penalty_last_n', f32(0.5)],
    ];
    const none = await describeGguf(new Pieces(gguf({ pairs: [...SHAPE, ...hostile, TOKENS] })), 'shape');
    assert.equal('sampling' in none, false);
  });

  test('of one of several files says nothing that is spread over all of them', async () => {
    const split: [string, Value][] = [
      ['split.count', { type: 'u16', value: 3 }],
      ['split.no', { type: 'u16', value: 0 }],
      ['general.size_label', text('7B')],
    ];
    const bytes = gguf({ pairs: [...SHAPE, ...split], tensors: [{ name: 't', sizes: [64] }] });
    const found = await describeGguf(new Pieces(bytes), 'whole');
    assert.deepEqual([found.splitCount, found.parameters, found.tensorCount], [3, 7e9, undefined]);
  });

  test('that is cut off, or no GGUF, is named', async () => {
    const bytes = gguf({ pairs: SHAPE });
    for (const wrong of [bytes.subarray(0, 50), Buffer.from('<html>not here</html>')]) {
      await assert.rejects(
        describeGguf(new Pieces(wrong), 'shape'),
        (error) =>
          isModelError(error, 'gguf-invalid') && /^The file of example\.com\/a\/b:c is /.test(error.message),
      );
    }
  });

  test('of random bytes is only ever a ModelError', async () => {
    const start = Buffer.from('GGUF\x03\0\0\0', 'latin1');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (random, isShape) => {
        const source = new Pieces(Buffer.concat([start, random]));
        const found = await describeGguf(source, isShape ? 'shape' : 'whole').catch(
          (error: unknown) => error,
        );
        assert.ok(!(found instanceof Error) || isModelError(found, 'gguf-invalid'), String(found));
      }),
      { numRuns: 300 },
    );
  });
});
