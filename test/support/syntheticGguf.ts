/**
 * Writes a model of any size that llama.cpp loads and computes like a real one: a llama architecture with
 * pseudo-random weights. What it says means nothing; how much memory it takes does.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { gguf, type TensorInput, text, u32, type Value } from '../unit/gguf/writer.ts';

/** The shape of a model. */
export interface SyntheticOptions {
  readonly layers: number;
  readonly embeddingLength: number;
  readonly feedForwardLength: number;
  readonly heads: number;
  readonly headsKv: number;
  /** Tokens; at least 260. */
  readonly vocabularySize: number;
  /** Tokens that the model claims to be trained with. */
  readonly contextTokens: number;
  readonly quantization: 'Q4_0' | 'Q8_0';
}

/** 500 M parameters in the shape of a small Llama; 290 MB as Q4_0, 540 MB as Q8_0. */
export const HALF_BILLION: SyntheticOptions = {
  layers: 26,
  embeddingLength: 1024,
  feedForwardLength: 4096,
  heads: 16,
  headsKv: 4,
  vocabularySize: 48_000,
  contextTokens: 8192,
  quantization: 'Q4_0',
};

/** Numbers of the ggml type and of the file type, and the bytes of a block of 32 weights. */
const TYPES = {
  Q4_0: { type: 2, fileType: 2, blockBytes: 18 },
  Q8_0: { type: 8, fileType: 7, blockBytes: 34 },
} as const;
const BLOCK_WEIGHTS = 32;
const F32 = 0;
const ALIGNMENT = 32;
/** Bytes of one pattern of weights, which is written over and over. */
const PATTERN_BLOCKS = 32_768;

const CHAT_TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/** How GPT-2's vocabulary writes the 256 bytes; the rest is filled up with words that no text has. */
function vocabulary(size: number): string[] {
  let next = 256;
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(printable ? byte : next++);
  });
  const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const filler = Array.from({ length: size - bytes.length - special.length }, (_, index) => `word-${index}`);
  return [...bytes, ...special, ...filler];
}

function metadata(options: SyntheticOptions): [string, Value][] {
  const { layers, embeddingLength, feedForwardLength, heads, headsKv, quantization } = options;
  const tokens = vocabulary(options.vocabularySize);
  return [
    ['general.architecture', text('llama')],
    ['general.name', text('synthetic')],
    ['general.file_type', u32(TYPES[quantization].fileType)],
    ['llama.context_length', u32(options.contextTokens)],
    ['llama.embedding_length', u32(embeddingLength)],
    ['llama.block_count', u32(layers)],
    ['llama.feed_forward_length', u32(feedForwardLength)],
    ['llama.attention.head_count', u32(heads)],
    ['llama.attention.head_count_kv', u32(headsKv)],
    ['llama.rope.dimension_count', u32(embeddingLength / heads)],
    ['llama.vocab_size', u32(tokens.length)],
    ['llama.attention.layer_norm_rms_epsilon', { type: 'f32', value: 1e-5 }],
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text('gpt-2')],
    ['tokenizer.ggml.tokens', { type: 'texts', value: tokens }],
    // The three after the bytes are control tokens (3), all others normal ones (1).
    [
      'tokenizer.ggml.token_type',
      { type: 'i32s', value: tokens.map((_, id) => (id >= 256 && id < 259 ? 3 : 1)) },
    ],
    ['tokenizer.ggml.merges', { type: 'texts', value: [] }],
    ['tokenizer.ggml.bos_token_id', u32(256)],
    ['tokenizer.ggml.eos_token_id', u32(258)],
    ['tokenizer.ggml.eot_token_id', u32(258)],
    ['tokenizer.chat_template', text(CHAT_TEMPLATE)],
  ];
}

function tensorsOf(options: SyntheticOptions): TensorInput[] {
  const { layers, embeddingLength: width, feedForwardLength: wide, heads, headsKv } = options;
  const { type } = TYPES[options.quantization];
  const widthKv = (width / heads) * headsKv;
  const matrix = (name: string, rows: number, columns = width): TensorInput => ({
    name: `${name}.weight`,
    sizes: [columns, rows],
    type,
  });
  const norm = (name: string): TensorInput => ({ name: `${name}.weight`, sizes: [width], type: F32 });
  const layer = (index: number): TensorInput[] => {
    const name = (part: string): string => `blk.${index}.${part}`;
    return [
      norm(name('attn_norm')),
      matrix(name('attn_q'), width),
      matrix(name('attn_k'), widthKv),
      matrix(name('attn_v'), widthKv),
      matrix(name('attn_output'), width),
      norm(name('ffn_norm')),
      matrix(name('ffn_gate'), wide),
      matrix(name('ffn_up'), wide),
      matrix(name('ffn_down'), width, wide),
    ];
  };
  return [
    matrix('token_embd', options.vocabularySize),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
    norm('output_norm'),
    matrix('output', options.vocabularySize),
  ];
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Blocks with a small scale (half float 0x1400 is about 0.001) and weights from a xorshift32. */
function weightPattern(blockBytes: number): Buffer {
  const bytes = Buffer.alloc(PATTERN_BLOCKS * blockBytes);
  let state = 0x9e3779b9;
  for (let at = 0; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  for (let at = 0; at < bytes.length; at += blockBytes) bytes.writeUInt16LE(0x1400, at);
  return bytes;
}

async function writeData(
  file: FileHandle,
  sizes: readonly { type: number; bytes: number }[],
  pattern: Buffer,
) {
  const one = Buffer.alloc(4);
  one.writeFloatLE(1);
  for (const { type, bytes } of sizes) {
    if (type === F32) await file.writeFile(Buffer.alloc(bytes, one));
    for (let rest = type === F32 ? 0 : bytes; rest > 0; rest -= pattern.length)
      await file.writeFile(pattern.subarray(0, Math.min(rest, pattern.length)));
    await file.writeFile(Buffer.alloc(aligned(bytes) - bytes));
  }
}

/** Writes a model to `path`. @returns its size in bytes. */
export async function writeSyntheticGguf(path: string, options: SyntheticOptions): Promise<number> {
  const { blockBytes } = TYPES[options.quantization];
  let offset = 0;
  const sizes: { type: number; bytes: number }[] = [];
  const tensors = tensorsOf(options).map((tensor): TensorInput => {
    const elements = tensor.sizes.reduce((product, size) => product * size, 1);
    const { type = F32 } = tensor;
    const bytes = type === F32 ? elements * 4 : (elements / BLOCK_WEIGHTS) * blockBytes;
    const placed = { ...tensor, offset };
    sizes.push({ type, bytes });
    offset += aligned(bytes);
    return placed;
  });
  const header = gguf({ pairs: metadata(options), tensors, alignment: ALIGNMENT, dataBytes: 0 });
  const file = await open(path, 'w');
  try {
    await file.writeFile(header);
    await writeData(file, sizes, weightPattern(blockBytes));
  } finally {
    await file.close();
  }
  return header.length + offset;
}
