/**
 * The header of a GGUF file (ggml-org/ggml, docs/gguf.md; versions 2 and 3, little endian):
 *   header  ::= "GGUF" version:u32 tensors:u64 pairs:u64 pair* tensor*
 *   pair    ::= key:string type:u32 value
 *   string  ::= length:u64 byte*        array ::= type:u32 length:u64 value*
 *   tensor  ::= name:string dimensions:u32 size:u64* type:u32 offset:u64
 * Tensor data begins at the next multiple of `general.alignment`. Every number is a stranger's: nothing is
 * allocated by one, and each has a limit.
 */
import type { ModelError } from '../base/error.ts';
import { quoted } from '../base/text.ts';
import { ByteReader } from './byteReader.ts';
import { FimTokens, isWanted, type MetadataValue } from './metadata.ts';
import { type GgufSource, invalidGguf } from './source.ts';
import { readTensors, type TensorSummary } from './tensors.ts';

/**
 * How far a header is read:
 *   shape     up to the vocabulary, where layers, heads and lengths stand before it, as in every file of
 *             llama.cpp's own tools: some kilobytes
 *   whole     to the end: megabytes, because the vocabulary stands between
 */
export type HeaderExtent = 'shape' | 'whole';

/** What is kept of a header. */
export interface GgufHeader {
  readonly version: number;
  /** The pairs that {@link isWanted} asks for. */
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** Tokens in the vocabulary; undefined where there is none. */
  readonly vocabularySize: number | undefined;
  /** Pairs of tokens that are joined to another one; undefined where there are none. */
  readonly mergeCount: number | undefined;
  /** Whether the vocabulary has tokens with known fill-in-the-middle names; undefined where it was not read. */
  readonly fimTokens: boolean | undefined;
  /** As its beginning says. */
  readonly tensorCount: number;
  /** Undefined where the header was not read that far. */
  readonly tensors: TensorSummary | undefined;
  /** Of the file, bytes. */
  readonly fileBytes: number;
}

/** Where the vocabulary begins. */
const TOKENS = 'tokenizer.ggml.tokens';
const MERGES = 'tokenizer.ggml.merges';
/** What has to stand before the vocabulary for the shape to be known. */
const SHAPE_KEYS = ['block_count', 'embedding_length', 'context_length'];

const ARRAY = 9;
const U16 = 2;
const SPLIT_KEYS: ReadonlySet<string> = new Set(['split.count', 'split.no']);
const STRING = 8;
/** Bytes of the scalar types, by number; strings and arrays have none. */
export const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** Real files have fewer than 100 pairs. */
const MAX_PAIRS = 16_384;
/** The specification allows 65 535; real keys are shorter than 100. Bytes. */
const MAX_KEY_BYTES = 1024;
/** Texts in an array: the largest vocabularies have 300 000 tokens and 600 000 merges. */
const MAX_ARRAY_TEXTS = 4_000_000;
/** Numbers of an array that are kept: one for each layer of the model. */
const MAX_KEPT_NUMBERS = 1024;
/** Bytes of a text that is kept: the largest chat templates have 30 000. Fits into the reader's window. */
const MAX_TEXT_BYTES = 256 * 1024;

/**
 * Reads the header of a source.
 * @throws ModelError `gguf-invalid` where it is not a GGUF, ends too early or has impossible numbers; and what
 * the source throws.
 */
export async function readGgufHeader(
  source: GgufSource,
  extent: HeaderExtent = 'whole',
): Promise<GgufHeader> {
  return new HeaderParser(source, extent).parse();
}

class HeaderParser {
  readonly #reader: ByteReader;
  readonly #name: string;
  readonly #extent: HeaderExtent;
  readonly #metadata = new Map<string, MetadataValue>();
  readonly #keys = new Set<string>();
  readonly #fim = new FimTokens();
  #vocabularySize: number | undefined;
  #mergeCount: number | undefined;
  /** Whether enough was read. */
  #done = false;

  constructor(source: GgufSource, extent: HeaderExtent) {
    this.#reader = new ByteReader(source);
    this.#name = source.name;
    this.#extent = extent;
  }

  async parse(): Promise<GgufHeader> {
    const reader = this.#reader;
    const version = await this.#version();
    await reader.fill(16);
    const tensorCount = reader.u64();
    const pairCount = reader.u64();
    if (pairCount > MAX_PAIRS) throw this.#invalid(`it claims to have ${pairCount} metadata pairs`);
    for (let index = 0; index < pairCount && !this.#done; index++) await this.#pair();
    const isWhole = !this.#done;
    return {
      version,
      metadata: this.#metadata,
      vocabularySize: this.#vocabularySize,
      mergeCount: this.#mergeCount,
      fimTokens: isWhole ? this.#fim.complete : undefined,
      tensorCount,
      tensors: isWhole
        ? await readTensors(reader, tensorCount, this.#alignment(), (reason) => this.#invalid(reason))
        : undefined,
      fileBytes: reader.size,
    };
  }

  /** Whether what is read so far says how large the model's layers are. */
  #hasShape(): boolean {
    const architecture = this.#metadata.get('general.architecture');
    return SHAPE_KEYS.every((key) => this.#metadata.has(`${String(architecture)}.${key}`));
  }

  #invalid(reason: string): ModelError {
    return invalidGguf(this.#name, reason);
  }

  async #version(): Promise<number> {
    const reader = this.#reader;
    if (reader.size < 8) throw this.#invalid(`it has only ${reader.size} bytes`);
    await reader.fill(8);
    if (reader.text(4) !== 'GGUF') throw this.#invalid('it does not begin with “GGUF”');
    const version = reader.u32();
    if (version === 2 || version === 3) return version;
    if (version !== 0 && version % 65_536 === 0) throw this.#invalid('it is for big-endian machines');
    throw this.#invalid(`it has GGUF version ${version}, and llama.cpp runs versions 2 and 3`);
  }

  async #pair(): Promise<void> {
    const reader = this.#reader;
    const key = await this.#shortText(MAX_KEY_BYTES, 'a key');
    // llama.cpp ends its process at an empty key.
    if (key === '') throw this.#invalid('it has an empty key');
    if (this.#keys.has(key)) throw this.#invalid(`it has the key ${quoted(key)} twice`);
    this.#keys.add(key);
    await reader.fill(4);
    const type = reader.u32();
    // llama.cpp ends its process at another type of these.
    if (SPLIT_KEYS.has(key) && type !== U16) throw this.#invalid(`its ${key} is no 16-bit number`);
    const value = await this.#value(key, type);
    if (value !== undefined && isWanted(key)) this.#metadata.set(key, value);
  }

  /** A text that must be there whole. */
  async #shortText(maxBytes: number, what: string): Promise<string> {
    const reader = this.#reader;
    await reader.fill(8);
    const length = reader.u64();
    if (length > maxBytes) throw this.#invalid(`${what} has a length of ${length} bytes`);
    await reader.fill(length);
    return reader.text(length);
  }

  /** A value, or undefined for one that is passed over. */
  async #value(key: string, type: number): Promise<MetadataValue | undefined> {
    if (type === STRING) return this.#text(key);
    if (type === ARRAY) return this.#array(key);
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined) throw this.#invalid(`the key ${quoted(key)} has the unknown type ${type}`);
    await this.#reader.fill(bytes);
    return this.#scalar(type);
  }

  #scalar(type: number): number | boolean {
    const reader = this.#reader;
    switch (type) {
      case 0:
        return reader.u8();
      case 1:
        return reader.i8();
      case 2:
        return reader.u16();
      case 3:
        return reader.i16();
      case 4:
        return reader.u32();
      case 5:
        return reader.i32();
      case 6:
        return reader.f32();
      case 7:
        return reader.u8() !== 0;
      case 10:
        return reader.u64();
      case 11:
        return reader.i64();
      default:
        return reader.f64();
    }
  }

  async #text(key: string): Promise<string | undefined> {
    const reader = this.#reader;
    await reader.fill(8);
    const length = reader.u64();
    if (!isWanted(key) || length > MAX_TEXT_BYTES) {
      reader.skip(length);
      return undefined;
    }
    await reader.fill(length);
    return reader.text(length);
  }

  async #array(key: string): Promise<readonly number[] | undefined> {
    const reader = this.#reader;
    await reader.fill(12);
    const type = reader.u32();
    const length = reader.u64();
    if (key === TOKENS) {
      this.#vocabularySize = length;
      this.#done = this.#extent === 'shape' && this.#hasShape();
      if (this.#done) return undefined;
    }
    if (key === MERGES) this.#mergeCount = length;
    if (type === STRING) return this.#texts(key, length);
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined) throw this.#invalid(`the key ${quoted(key)} is an array of the type ${type}`);
    if (!isWanted(key) || length > MAX_KEPT_NUMBERS) {
      reader.skip(length * bytes);
      return undefined;
    }
    await reader.fill(length * bytes);
    return Array.from({ length }, () => Number(this.#scalar(type)));
  }

  /** Passes over texts; those of the vocabulary are compared with the names of special tokens. */
  async #texts(key: string, count: number): Promise<undefined> {
    if (count > MAX_ARRAY_TEXTS) throw this.#invalid(`the key ${quoted(key)} has ${count} texts`);
    const reader = this.#reader;
    const isVocabulary = key === TOKENS;
    for (let index = 0; index < count; index++) {
      // Waiting only where a read is needed: half a million waits would take longer than the reads.
      if (!reader.has(8)) await reader.fill(8);
      const length = reader.u64();
      if (isVocabulary && length > 0 && length <= FimTokens.maxBytes) {
        if (!reader.has(length)) await reader.fill(length);
        if (FimTokens.mayStartWith(reader.peek())) this.#fim.add(reader.text(length));
        else reader.skip(length);
      } else {
        reader.skip(length);
      }
    }
  }

  #alignment(): number {
    const alignment = this.#metadata.get('general.alignment') ?? 32;
    if (typeof alignment === 'number' && alignment > 0 && Number.isInteger(Math.log2(alignment)))
      return alignment;
    throw this.#invalid(`its alignment is ${String(alignment)}`);
  }
}
