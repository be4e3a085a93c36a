/** GGUFs that are no language model, as their headers tell it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readGgufHeader } from '../../../src/gguf/header.ts';
import { GGUF_KINDS, kindReason, readGgufSummary } from '../../../src/gguf/index.ts';
import { describePublishedMetadata } from '../../../src/gguf/publishedMetadata.ts';
import { withFileSource } from '../../../src/gguf/source.ts';
import { describeGguf } from '../../../src/gguf/summary.ts';
import { refusal, writeFiles } from './support.ts';
import { gguf, text, u32, type Value } from './writer.ts';

type Pairs = readonly (readonly [string, Value])[];

const TENSORS = [{ name: 'token_embd.weight', sizes: [8, 8] }];
const TOKENS: readonly [string, Value] = ['tokenizer.ggml.tokens', { type: 'texts', value: ['a', 'b'] }];

function base(architecture: string): Pairs {
  return [
    ['general.architecture', text(architecture)],
    [`${architecture}.context_length`, u32(512)],
    [`${architecture}.block_count`, u32(2)],
    [`${architecture}.embedding_length`, u32(64)],
  ];
}

const CASES: readonly (readonly [name: string, pairs: Pairs, kind: string | undefined])[] = [
  ['a language model', [...base('llama'), ['general.type', text('model')], TOKENS], undefined],
  [
    'one without a type, of an architecture that nobody knows yet',
    [...base('minimax-m9'), TOKENS],
    undefined,
  ],
  [
    'a LoRA',
    [
      ['general.architecture', text('llama')],
      ['general.type', text('adapter')],
    ],
    'adapter',
  ],
  [
    'a LoRA of an older converter',
    [
      ['general.architecture', text('llama')],
      ['adapter.type', text('lora')],
    ],
    'adapter',
  ],
  ['a projector by its type', [...base('llama'), ['general.type', text('mmproj')]], 'projector'],
  ['a projector by its architecture', [['general.architecture', text('clip')]], 'projector'],
  ['an importance matrix without an architecture', [['general.type', text('imatrix')]], 'imatrix'],
  ['an older importance matrix', [['imatrix.chunk_count', u32(100)]], 'imatrix'],
  ['a control vector', [['general.architecture', text('controlvector')]], 'control-vector'],
  ['BERT', [...base('nomic-bert'), TOKENS], 'embedding'],
  [
    'an embedding model of a language model’s architecture',
    [...base('qwen3'), ['qwen3.pooling_type', u32(3)]],
    'embedding',
  ],
  [
    'one that sees what follows',
    [...base('llama'), ['llama.attention.causal', { type: 'bool', value: false }]],
    'embedding',
  ],
  ['a model that pools nothing', [...base('qwen3'), ['qwen3.pooling_type', u32(0)]], undefined],
  ['a reranking model', [...base('qwen3'), ['qwen3.pooling_type', u32(4)]], 'reranking'],
  ['a reranking BERT', [...base('bert'), ['bert.pooling_type', u32(4)]], 'reranking'],
  [
    'a text diffusion model',
    [...base('llada'), ['llada.attention.causal', { type: 'bool', value: false }]],
    'diffusion',
  ],
  ['Stable Diffusion', [['general.architecture', text('sd3')]], 'image'],
  ['a vocoder', [['general.architecture', text('wavtokenizer-dec')]], 'speech'],
  ['a draft model', [...base('eagle3'), TOKENS], 'draft'],
];

function u16(value: number): Value {
  return { type: 'u16', value };
}

describe('what a GGUF is', () => {
  for (const [name, pairs, kind] of CASES) {
    test(`${name}: ${kind ?? 'a language model'}, known before the vocabulary`, async (t) => {
      const path = await writeFiles(t, { 'model.gguf': gguf({ pairs, tensors: TENSORS }) });
      assert.equal((await readGgufSummary(path)).kind, kind);
      const seen = await withFileSource(path, (source) => describeGguf(source, 'shape'));
      assert.equal(seen.kind, kind);
    });
  }

  test('a vocabulary has tokens and no tensors; the first of several files may have none either', async (t) => {
    const alone = gguf({ pairs: [...base('llama'), TOKENS] });
    const path = await writeFiles(t, { 'vocab.gguf': alone });
    assert.equal((await readGgufSummary(path)).kind, 'vocabulary');
    const split = gguf({ pairs: [...base('llama'), ['split.count', u16(2)], ['split.no', u16(0)], TOKENS] });
    const first = await writeFiles(t, { 'model.gguf': split });
    assert.equal((await withFileSource(first, (source) => describeGguf(source, 'whole'))).kind, undefined);
  });

  test('is told from Docker’s copy of a header, too', () => {
    const texts = new Map([
      ['general.architecture', 'qwen3'],
      ['general.type', 'model'],
      ['qwen3.block_count', '28'],
      ['qwen3.embedding_length', '1024'],
      ['qwen3.pooling_type', '3'],
    ]);
    assert.equal(describePublishedMetadata(texts)?.kind, 'embedding');
  });

  test('is said in one sentence for each', () => {
    for (const kind of GGUF_KINDS) assert.match(kindReason(kind), /^Not runnable here: an? .+\.$/);
  });
});

describe('a count that llama.cpp would take for another one', () => {
  for (const value of [2 ** 32 - 1, 2 ** 31, 0]) {
    test(`refuses a context of ${value} tokens`, async (t) => {
      const pairs: Pairs = [...base('llama').filter(([key]) => !key.endsWith('context_length'))];
      const bytes = gguf({ pairs: [...pairs, ['llama.context_length', u32(value)]], tensors: TENSORS });
      assert.match(await refusal(t, bytes), new RegExp(`its context_length is ${value}`));
      const path = await writeFiles(t, { 'model.gguf': bytes });
      await assert.rejects(
        withFileSource(path, (source) => describeGguf(source, 'shape')),
        { code: 'gguf-invalid' },
      );
    });
  }

  test('and layers or a width of 0, and a chat template that is not text', async (t) => {
    const refused = (key: string, value: Value): Promise<string> =>
      refusal(
        t,
        gguf({
          pairs: [
            ['general.architecture', text('llama')],
            [key, value],
          ],
          tensors: TENSORS,
        }),
      );
    assert.match(await refused('llama.block_count', u32(0)), /its block_count is 0/);
    assert.match(await refused('llama.embedding_length', u32(0)), /its embedding_length is 0/);
    assert.match(await refused('tokenizer.chat_template', u32(5)), /its chat template is not text/);
  });

  describe('and numbers for which llama.cpp ends its process', () => {
    const f32 = (value: number): Value => ({ type: 'f32', value });
    const HEADS = 'llama.attention.head_count';
    const cases: readonly (readonly [flaw: RegExp, pairs: Pairs])[] = [
      [/its block_count is 513, but llama\.cpp supports at most 512/, [['llama.block_count', u32(513)]]],
      [
        /its expert_count is 513, but llama\.cpp supports at most 512/,
        [
          ['llama.expert_count', u32(513)],
          ['llama.expert_used_count', u32(2)],
        ],
      ],
      [/its feed_forward_length is 0/, [['llama.feed_forward_length', u32(0)]]],
      [
        /its rope\.scaling\.type is "su\[x\]", which llama\.cpp does not know/,
        [['llama.rope.scaling.type', text('su[x]')]],
      ],
      [/its rope\.freq_base_swa is negative/, [['llama.rope.freq_base_swa', f32(-1)]]],
      [
        /its rope\.scaling\.original_context_length is 4294967295/,
        [['llama.rope.scaling.original_context_length', u32(2 ** 32 - 1)]],
      ],
      [/its split\.count is not a 16-bit number/, [['split.count', u32(2)]]],
      [/its attention\.head_count is 0/, [[HEADS, u32(0)]]],
      [/its attention\.head_count_kv is 0/, [[`${HEADS}_kv`, u32(0)]]],
      [/its attention\.head_count_kv is 0/, [[`${HEADS}_kv`, { type: 'u32s', value: [0, 0] }]]],
      [
        /it uses 3 of 2 experts/,
        [
          ['llama.expert_count', u32(2)],
          ['llama.expert_used_count', u32(3)],
        ],
      ],
      [/it uses 1 of 0 experts/, [['llama.expert_used_count', u32(1)]]],
      [/it uses none of its 2 experts/, [['llama.expert_count', u32(2)]]],
      [
        /its attention\.layer_norm_rms_epsilon is not a number/,
        [['llama.attention.layer_norm_rms_epsilon', f32(Number.NaN)]],
      ],
      [/its attention\.layer_norm_epsilon is negative/, [['llama.attention.layer_norm_epsilon', f32(-1)]]],
      [/its rope\.freq_base is not a number/, [['llama.rope.freq_base', f32(Number.POSITIVE_INFINITY)]]],
      [/its vocabulary is empty/, [['tokenizer.ggml.tokens', { type: 'texts', value: [] }]]],
      [
        /it claims to be one of 65535 parts/,
        [
          ['split.count', u16(65_535)],
          ['split.no', u16(0)],
        ],
      ],
    ];
    for (const [flaw, pairs] of cases) {
      test(String(flaw), async (t) => {
        const whole: Pairs = [['general.architecture', text('llama')], ...pairs];
        assert.match(await refusal(t, gguf({ pairs: whole, tensors: TENSORS })), flaw);
      });
    }

    test('but a model with a state has no heads, or none in some layers, and an adapter no numbers', async (t) => {
      const good: readonly Pairs[] = [
        [
          ['general.architecture', text('mamba')],
          ['mamba.attention.head_count', u32(0)],
          ['mamba.ssm.conv_kernel', u32(4)],
        ],
        [
          ['general.architecture', text('rwkv7')],
          ['rwkv7.attention.head_count', u32(0)],
          ['rwkv7.wkv.head_size', u32(64)],
        ],
        [
          ['general.architecture', text('deci')],
          ['deci.attention.head_count_kv', { type: 'u32s', value: [0, 8] }],
          ['deci.feed_forward_length', { type: 'u32s', value: [0, 8] }],
        ],
        [
          ['general.architecture', text('qwen3moe')],
          ['qwen3moe.feed_forward_length', u32(0)],
          ['qwen3moe.rope.scaling.type', text('yarn')],
          ['qwen3moe.expert_count', u32(8)],
          ['qwen3moe.expert_used_count', u32(2)],
        ],
        [
          ['general.architecture', text('llama')],
          ['llama.expert_count', u32(512)],
          ['llama.expert_used_count', u32(8)],
        ],
        [
          ['general.architecture', text('llama')],
          ['general.type', text('adapter')],
          ['llama.attention.head_count', u32(0)],
        ],
      ];
      for (const pairs of good) {
        const path = await writeFiles(t, { 'model.gguf': gguf({ pairs, tensors: TENSORS }) });
        assert.ok((await readGgufSummary(path)).architecture);
      }
    });
  });

  test('also in lists, and wherever the architecture stands', async (t) => {
    const pairs: Pairs = [
      ['llama.feed_forward_length', { type: 'u32s', value: [1, 2 ** 31] }],
      ['qwen2.block_count', u32(2 ** 32 - 1)],
      ['general.architecture', text('llama')],
    ];
    assert.match(await refusal(t, gguf({ pairs })), /its feed_forward_length is 2147483648/);
  });

  test('2^31 − 1 is the largest that is not', async (t) => {
    const pairs: Pairs = [...base('llama').slice(0, 1), ['llama.context_length', u32(2 ** 31 - 1)]];
    const path = await writeFiles(t, { 'model.gguf': gguf({ pairs }) });
    assert.equal((await readGgufSummary(path)).contextTokens, 2 ** 31 - 1);
  });
});

test('a header’s own words are short and cannot end the sentence around them', async (t) => {
  const key = `[Repair](command:x) "\u202e\u001b\n${'k'.repeat(500)}`;
  const message = await refusal(
    t,
    gguf({
      pairs: [
        [key, u32(1)],
        [key, u32(1)],
      ],
    }),
  );
  assert.match(message, /it has the key "\[Repair\]\(command:x\) ' k+…" twice/);
  assert.ok(message.length < 300);
});

test('the number of tensors is known from the beginning of a header', async (t) => {
  const path = await writeFiles(t, {
    'model.gguf': gguf({ pairs: [...base('llama'), TOKENS], tensors: TENSORS }),
  });
  const header = await withFileSource(path, (source) => readGgufHeader(source, 'shape'));
  assert.equal(header.tensors, undefined);
  assert.equal(header.tensorCount, 1);
});
