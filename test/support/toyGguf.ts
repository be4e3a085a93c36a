/**
 * Writes a toy model: a GGUF that llama.cpp loads in milliseconds and whose answer is known to the letter.
 *
 * The next token is a function of the current token alone. Attention and feed-forward add nothing (the
 * attention weights and the norm before the feed-forward are zero), so the last hidden state is the
 * embedding of the last token. Each token has a code of 64 random signs; the output row of a token is its
 * code, and the embedding of a token is the code of its successor. So the greedy choice is the successor.
 *
 * The chat template is ChatML, which ends with "assistant\n": the answer starts after the byte token "\n",
 * whatever stands before it, and its last piece is followed by <|im_end|>. Prompts are tokenised to single
 * bytes (there are no merges), so nothing in a prompt can become a piece of the answer.
 *
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 * Usage: node test/support/toyGguf.ts <file> <reply>
 */
import assert from 'node:assert/strict';
import { type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the toy says, and how large it is. */
export interface ToyOptions {
  /**
   * The answer to every chat, perhaps with a thought in `<think>` at its start. As a list: its pieces as they are
   * streamed, all different.
   */
  readonly reply: string | readonly string[];
  /** What fill-in-the-middle gives; the vocabulary has no FIM tokens where absent. */
  readonly infill?: string;
  /** A comment in the chat template. */
  readonly templateComment?: string;
  /** More marks of the vocabulary. */
  readonly marks?: readonly string[];
  /** Lets white space behind the newline belong to the start, like the indentation that edits begin with. */
  readonly startsAfterSpace?: boolean;
  /** Tokens; 8192 where absent. */
  readonly contextTokens?: number;
  /**
   * Makes the file larger by at least this many bytes of pseudo-random weights, in steps of 384 bytes. The
   * model can still be loaded and says the same.
   */
  readonly padBytes?: number;
  readonly name?: string;
}

const WIDTH = 64;
const HEADS = 2;
const BASE_FEED_FORWARD = 32;
/** Feed-forward width at most, so that llama.cpp's compute buffer stays small: 12 MB of padding a layer. */
const MAX_FEED_FORWARD = 32_768;
const ALIGNMENT = 32;
/** Three F16 matrices of WIDTH columns. */
const BYTES_PER_FEED_FORWARD = 3 * WIDTH * 2;

const TokenType = { normal: 1, control: 3 } as const;
const TensorType = { f32: 0, f16: 1 } as const;
const ValueType = { u32: 4, f32: 6, bool: 7, string: 8, array: 9 } as const;
/** The bit patterns of +1 and -1 as half floats. */
const F16_PLUS = 0x3c00;
const F16_MINUS = 0xbc00;

const CHAT_TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/**
 * Tells the library that the model thinks before it answers. The line end makes the template another one than
 * ChatML, which has no thoughts for it.
 */
const THOUGHT_TEMPLATE = "{# <think> </think> #}{{ '\\n' }}";

function thinks({ reply }: ToyOptions): boolean {
  return (typeof reply === 'string' ? reply : reply.join('')).includes('<think>');
}

function templateFor(options: ToyOptions): string {
  const { templateComment } = options;
  const comment = templateComment === undefined ? '' : `{# ${templateComment} #}`;
  return comment + (thinks(options) ? THOUGHT_TEMPLATE : '') + CHAT_TEMPLATE;
}

/** xorshift32: the same file for the same options, everywhere. */
function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** How GPT-2's vocabulary writes bytes: printable ones as themselves, the others from U+0100 on. */
function byteCharacters(): readonly string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(printable ? byte : next++);
  });
}

const BYTE_CHARACTERS = byteCharacters();

function vocabularyText(piece: string): string {
  return Array.from(Buffer.from(piece, 'utf8'), (byte) => BYTE_CHARACTERS[byte]).join('');
}

interface Vocabulary {
  readonly tokens: string[];
  readonly types: number[];
  /** successor[t] is the token after t. */
  readonly successors: number[];
  readonly ids: Map<string, number>;
}

/**
 * Cuts `text` into pieces that are all different from each other and from those in `used`: words with the
 * white space before them, longer where the word was there before.
 */
function cut(text: string, used: Set<string>): string[] {
  const pieces: string[] = [];
  const word = /\s*\S{1,12}|\s+/uy;
  for (let start = 0; start < text.length; ) {
    word.lastIndex = start;
    let end = start + (word.exec(text)?.[0].length ?? 1);
    while (used.has(text.slice(start, end)) && end < text.length) {
      end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
    }
    let piece = text.slice(start, end);
    // The end of the text may repeat an earlier piece: join it to the pieces before it.
    while (used.has(piece)) {
      const previous = pieces.pop();
      assert.ok(previous !== undefined, `"${text}" cannot be cut into pieces that are all different`);
      used.delete(previous);
      piece = previous + piece;
    }
    used.add(piece);
    pieces.push(piece);
    start = end;
  }
  return pieces;
}

function buildVocabulary(options: ToyOptions): Vocabulary & { endOfText: number; endOfTurn: number } {
  const vocabulary: Vocabulary = { tokens: [], types: [], successors: [], ids: new Map() };
  const add = (text: string, type: number): number => {
    const known = vocabulary.ids.get(text);
    if (known !== undefined) return known;
    const id = vocabulary.tokens.push(text) - 1;
    vocabulary.types.push(type);
    vocabulary.ids.set(text, id);
    return id;
  };
  for (const character of BYTE_CHARACTERS) add(character, TokenType.normal);
  const endOfText = add('<|endoftext|>', TokenType.control);
  add('<|im_start|>', TokenType.control);
  const endOfTurn = add('<|im_end|>', TokenType.control);
  for (const mark of options.marks ?? []) add(mark, TokenType.control);

  // The newline starts the answer, so it can not be one of its pieces.
  const used = new Set(['\n']);
  const chain = (first: number, pieces: readonly string[]): void => {
    let current = first;
    for (const piece of pieces) {
      const id = add(vocabularyText(piece), TokenType.normal);
      vocabulary.successors[current] = id;
      current = id;
    }
    vocabulary.successors[current] = endOfTurn;
  };
  if (typeof options.reply !== 'string') {
    const pieces = options.reply;
    assert.equal(new Set(pieces).size, pieces.length, 'the pieces of a reply must all be different');
    assert.ok(!pieces.includes('\n') && !pieces.includes(''), 'a piece cannot be empty or one newline');
    for (const piece of pieces) used.add(piece);
  }
  const newline = vocabulary.ids.get(vocabularyText('\n')) ?? assert.fail();
  chain(newline, typeof options.reply === 'string' ? cut(options.reply, used) : options.reply);
  if (options.infill !== undefined) {
    for (const text of ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>']) add(text, TokenType.control);
    chain(vocabulary.ids.get('<|fim_middle|>') ?? assert.fail(), cut(options.infill, used));
  }
  for (const white of options.startsAfterSpace === true ? [' ', '\t'] : []) {
    const id = vocabulary.ids.get(vocabularyText(white)) ?? assert.fail();
    vocabulary.successors[id] ??= vocabulary.successors[newline] ?? endOfTurn;
  }
  // Every other token ends the answer at once.
  for (let id = 0; id < vocabulary.tokens.length; id++) vocabulary.successors[id] ??= endOfTurn;
  return { ...vocabulary, endOfText, endOfTurn };
}

/** One code of 64 signs for each token, as two 32-bit words. */
function buildCodes(count: number): Uint32Array {
  const random = randomWords(0x9e3779b9);
  return Uint32Array.from({ length: count * 2 }, random);
}

function bitCount(word: number): number {
  let value = word - ((word >>> 1) & 0x55555555);
  value = (value & 0x33333333) + ((value >>> 2) & 0x33333333);
  return Math.imul((value + (value >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The logit of token `b` after a token whose successor is `a`: the product of two sign vectors. */
function logit(codes: Uint32Array, a: number, b: number): number {
  const low = (codes[2 * a] ?? 0) ^ (codes[2 * b] ?? 0);
  const high = (codes[2 * a + 1] ?? 0) ^ (codes[2 * b + 1] ?? 0);
  return WIDTH - 2 * (bitCount(low >>> 0) + bitCount(high >>> 0));
}

/** For every token: its successor is the greedy choice, and no other token comes near it. */
function assertGreedyChoices(successors: readonly number[], codes: Uint32Array): void {
  for (const successor of new Set(successors)) {
    for (let other = 0; other < successors.length; other++) {
      if (other === successor) continue;
      assert.ok(
        logit(codes, successor, other) <= WIDTH - 12,
        `tokens ${successor} and ${other} are too alike`,
      );
    }
  }
}

interface Tensor {
  readonly name: string;
  readonly type: number;
  /** Fastest first. */
  readonly shape: readonly number[];
  readonly bytes: number;
  data(): Iterable<Uint8Array>;
}

function constant(name: string, width: number, value: number): Tensor {
  return {
    name,
    type: TensorType.f32,
    shape: [width],
    bytes: width * 4,
    data: () => [Buffer.from(new Float32Array(width).fill(value).buffer)],
  };
}

function zeros(name: string): Tensor {
  const bytes = WIDTH * WIDTH * 2;
  return {
    name,
    type: TensorType.f16,
    shape: [WIDTH, WIDTH],
    bytes,
    data: () => [Buffer.alloc(bytes)],
  };
}

function random(name: string, shape: readonly [number, number], seed: number): Tensor {
  const bytes = shape[0] * shape[1] * 2;
  return {
    name,
    type: TensorType.f16,
    shape,
    bytes,
    *data() {
      const next = randomWords(seed);
      for (let written = 0; written < bytes; written += 1 << 20) {
        const words = new Uint32Array(Math.min(1 << 20, bytes - written) / 4);
        // Without the highest bit of the exponent a half float is finite, and below 2.
        for (let index = 0; index < words.length; index++) words[index] = next() & 0xbfffbfff;
        yield Buffer.from(words.buffer);
      }
    },
  };
}

/** Rows of signs: row `i` is the code of token `tokens[i]`. */
function codeRows(name: string, tokens: readonly number[], codes: Uint32Array): Tensor {
  return {
    name,
    type: TensorType.f16,
    shape: [WIDTH, tokens.length],
    bytes: tokens.length * WIDTH * 2,
    *data() {
      const values = new Uint16Array(tokens.length * WIDTH);
      tokens.forEach((token, row) => {
        for (let column = 0; column < WIDTH; column++) {
          const word = codes[2 * token + (column >> 5)] ?? 0;
          values[row * WIDTH + column] = (word >>> (column & 31)) & 1 ? F16_PLUS : F16_MINUS;
        }
      });
      yield Buffer.from(values.buffer);
    },
  };
}

function layer(index: number, feedForward: number): Tensor[] {
  const name = (part: string): string => `blk.${index}.${part}.weight`;
  const seed = 1 + index * 3;
  return [
    constant(name('attn_norm'), WIDTH, 1),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((part) => zeros(name(part))),
    constant(name('ffn_norm'), WIDTH, 0),
    random(name('ffn_gate'), [WIDTH, feedForward], seed),
    random(name('ffn_up'), [WIDTH, feedForward], seed + 1),
    random(name('ffn_down'), [feedForward, WIDTH], seed + 2),
  ];
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function f32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
}

function array(type: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(type), u64(values.length), ...values]);
}

function metadata(
  options: ToyOptions,
  vocabulary: ReturnType<typeof buildVocabulary>,
  layers: number,
  feedForward: number,
): readonly Buffer[] {
  const entry = (key: string, type: number, value: Buffer): Buffer =>
    Buffer.concat([encodeString(key), u32(type), value]);
  const text = (key: string, value: string): Buffer => entry(key, ValueType.string, encodeString(value));
  const count = (key: string, value: number): Buffer => entry(key, ValueType.u32, u32(value));
  const fim = ['prefix', 'suffix', 'middle'].flatMap((part) => {
    const id = vocabulary.ids.get(`<|fim_${part}|>`);
    return id === undefined ? [] : [count(`tokenizer.ggml.fim_${part.slice(0, 3)}_token_id`, id)];
  });
  return [
    text('general.architecture', 'llama'),
    text('general.name', options.name ?? 'toy'),
    count('general.alignment', ALIGNMENT),
    count('general.file_type', 1),
    count('llama.context_length', options.contextTokens ?? 8192),
    count('llama.embedding_length', WIDTH),
    count('llama.block_count', layers),
    count('llama.feed_forward_length', feedForward),
    count('llama.attention.head_count', HEADS),
    count('llama.attention.head_count_kv', HEADS),
    count('llama.rope.dimension_count', WIDTH / HEADS),
    count('llama.vocab_size', vocabulary.tokens.length),
    entry('llama.attention.layer_norm_rms_epsilon', ValueType.f32, f32(1e-5)),
    text('tokenizer.ggml.model', 'gpt2'),
    text('tokenizer.ggml.pre', 'gpt-2'),
    entry(
      'tokenizer.ggml.tokens',
      ValueType.array,
      array(ValueType.string, vocabulary.tokens.map(encodeString)),
    ),
    // Token types are declared as signed; all of them are small and positive.
    entry('tokenizer.ggml.token_type', ValueType.array, array(5, vocabulary.types.map(u32))),
    entry('tokenizer.ggml.merges', ValueType.array, array(ValueType.string, [])),
    count('tokenizer.ggml.bos_token_id', vocabulary.endOfText),
    count('tokenizer.ggml.eos_token_id', vocabulary.endOfTurn),
    count('tokenizer.ggml.eot_token_id', vocabulary.endOfTurn),
    entry('tokenizer.ggml.add_bos_token', ValueType.bool, Buffer.from([0])),
    ...fim,
    text('tokenizer.chat_template', templateFor(options)),
  ];
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

async function writeTensors(file: FileHandle, tensors: readonly Tensor[]): Promise<void> {
  for (const tensor of tensors) {
    for (const chunk of tensor.data()) await file.writeFile(chunk);
    await file.writeFile(Buffer.alloc(aligned(tensor.bytes) - tensor.bytes));
  }
}

/** Writes a toy model to `path`. The same options give the same bytes. */
export async function writeToyGguf(path: string, options: ToyOptions): Promise<void> {
  const vocabulary = buildVocabulary(options);
  const { successors, tokens } = vocabulary;
  const codes = buildCodes(tokens.length);
  assertGreedyChoices(successors, codes);

  const padWidth = Math.ceil((options.padBytes ?? 0) / BYTES_PER_FEED_FORWARD);
  const layers = Math.max(1, Math.ceil(padWidth / MAX_FEED_FORWARD));
  const feedForward = BASE_FEED_FORWARD + Math.ceil(padWidth / layers);
  const tensors = [
    codeRows('token_embd.weight', successors, codes),
    ...Array.from({ length: layers }, (_, index) => layer(index, feedForward)).flat(),
    constant('output_norm.weight', WIDTH, 1),
    codeRows(
      'output.weight',
      tokens.map((_, id) => id),
      codes,
    ),
  ];
  const entries = metadata(options, vocabulary, layers, feedForward);
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const info = Buffer.concat([
      encodeString(tensor.name),
      u32(tensor.shape.length),
      ...tensor.shape.map(u64),
      u32(tensor.type),
      u64(offset),
    ]);
    offset += aligned(tensor.bytes);
    return info;
  });
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(entries.length),
    ...entries,
    ...infos,
  ]);
  const file = await open(path, 'w');
  try {
    await file.writeFile(header);
    await file.writeFile(Buffer.alloc(aligned(header.length) - header.length));
    await writeTensors(file, tensors);
  } finally {
    await file.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, reply] = process.argv.slice(2);
  if (path === undefined || reply === undefined) {
    console.error('Usage: node test/support/toyGguf.ts <file> <reply>');
    process.exitCode = 2;
  } else {
    await writeToyGguf(path, { reply });
  }
}
