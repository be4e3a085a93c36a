/**
 * Writes a folder as Hugging Face has it: a Llama of a few thousand parameters in two safetensors shards with their
 * index, its configuration and a tokenizer, which transformers and vLLM load. Its answers are noise.
 * Format: https://huggingface.co/docs/safetensors/index#format
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WIDTH = 16;
const FEED_FORWARD = 32;
const WORDS = ['<unk>', '<s>', '</s>', 'hello', 'world', 'from', 'a', 'small', 'model', '.'];

type Shape = readonly number[];

const SHARDS: readonly Readonly<Record<string, Shape>>[] = [
  {
    'model.embed_tokens.weight': [WORDS.length, WIDTH],
    'model.layers.0.input_layernorm.weight': [WIDTH],
    'model.layers.0.self_attn.q_proj.weight': [WIDTH, WIDTH],
    'model.layers.0.self_attn.k_proj.weight': [WIDTH, WIDTH],
    'model.layers.0.self_attn.v_proj.weight': [WIDTH, WIDTH],
    'model.layers.0.self_attn.o_proj.weight': [WIDTH, WIDTH],
  },
  {
    'model.layers.0.post_attention_layernorm.weight': [WIDTH],
    'model.layers.0.mlp.gate_proj.weight': [FEED_FORWARD, WIDTH],
    'model.layers.0.mlp.up_proj.weight': [FEED_FORWARD, WIDTH],
    'model.layers.0.mlp.down_proj.weight': [WIDTH, FEED_FORWARD],
    'model.norm.weight': [WIDTH],
    'lm_head.weight': [WORDS.length, WIDTH],
  },
];

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: WIDTH,
  intermediate_size: FEED_FORWARD,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  vocab_size: WORDS.length,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
  torch_dtype: 'float32',
  bos_token_id: 1,
  eos_token_id: 2,
};

const TOKENIZER = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [0, 1, 2].map((id) => ({
    id,
    content: WORDS[id],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordLevel',
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    unk_token: '<unk>',
  },
};

const TOKENIZER_CONFIG = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  unk_token: '<unk>',
  bos_token: '<s>',
  eos_token: '</s>',
  model_max_length: 128,
};

function elements(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Eight bytes with the header's length, the header as JSON, and the tensors one after the other. */
function encode(tensors: Readonly<Record<string, Shape>>): Buffer {
  let offset = 0;
  const header: Record<string, object> = { __metadata__: { format: 'pt' } };
  const content: Buffer[] = [];
  for (const [name, shape] of Object.entries(tensors)) {
    const values = Float32Array.from({ length: elements(shape) }, (_, index) => ((index * 7) % 13) / 100);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    content.push(Buffer.from(values.buffer));
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...content]);
}

function shardName(index: number): string {
  return `model-0000${index + 1}-of-0000${SHARDS.length}.safetensors`;
}

/** Writes the folder. @returns the names of its files. */
export async function writeToySafetensors(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const weightMap = Object.fromEntries(
    SHARDS.flatMap((tensors, index) => Object.keys(tensors).map((name) => [name, shardName(index)])),
  );
  const totalSize = SHARDS.flatMap(Object.values).reduce((sum, shape) => sum + 4 * elements(shape), 0);
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  const files: Readonly<Record<string, string | Buffer>> = {
    'config.json': json(CONFIG),
    'generation_config.json': json({ bos_token_id: 1, eos_token_id: 2 }),
    'tokenizer.json': json(TOKENIZER),
    'tokenizer_config.json': json(TOKENIZER_CONFIG),
    'special_tokens_map.json': json({ unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' }),
    'model.safetensors.index.json': json({ metadata: { total_size: totalSize }, weight_map: weightMap }),
    LICENSE: 'CC0 1.0 Universal\n',
    'README.md': '# A small model\n',
    ...Object.fromEntries(SHARDS.map((tensors, index) => [shardName(index), encode(tensors)])),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return Object.keys(files);
}
