/**
 * Parses the header of a GGUF file (ggml-org/ggml, docs/gguf.md; versions 2 and 3, little endian):
 *   header  ::= "GGUF" version:u32 tensors:u64 pairs:u64 pair* tensor*
 *   pair    ::= key:string type:u32 value
 *   string  ::= length:u64 byte*        array ::= type:u32 length:u64 value*
 *   tensor  ::= name:string dimensions:u32 size:u64* type:u32 offset:u64
 * Tensor data begins at the next multiple of `general.alignment`. Every number is untrusted: each has a limit, and none
 * decides how much memory is allocated.
 */
import type { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import { quoted } from '../base/text.ts';
import { ByteReader } from './byteReader.ts';
import { FimTokens, isWanted, type MetadataValue } from './metadata.ts';
import { type GgufSource, invalidGguf } from './source.ts';
import { readTensors, type TensorSummary } from './tensors.ts';

/**
 * How much of a header to read:
 *   shape     up to the vocabulary if layers, heads and lengths come before it, as in every file from llama.cpp's own
 *             tools: a few kilobytes
 *   whole     everything, including the vocabulary: megabytes
 */
export type HeaderExtent = 'shape' | 'whole';

/** The parts of a header that are kept. */
export interface GgufHeader {
  readonly version: number;
  /** The pairs whose keys {@link isWanted} accepts. */
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  /** Tokens in the vocabulary; undefined if there is none. */
  readonly vocabularySize: number | undefined;
  /** Pairs of tokens that the tokenizer joins; undefined if there are none. */
  readonly mergeCount: number | undefined;
  /** True if the vocabulary has tokens with known fill-in-the-middle names; undefined if it was not read. */
  readonly fimTokens: boolean | undefined;
  /** The number that the header states. */
  readonly tensorCount: number;
  /** Undefined if the header was not read that far. */
  readonly tensors: TensorSummary | undefined;
  /** Size of the file in bytes. */
  readonly fileBytes: number;
}

/** The key of the vocabulary. */
const TOKENS = 'tokenizer.ggml.tokens';
const MERGES = 'tokenizer.ggml.merges';
/** Keys that must come before the vocabulary for the shape to be known without it. */
const SHAPE_KEYS = ['block_count', 'embedding_length', 'context_length'];

const ARRAY = 9;
const U16 = 2;
const SPLIT_KEYS: ReadonlySet<string> = new Set(['split.count', 'split.no']);
const STRING = 8;
/** Bytes of the scalar types by number; strings and arrays have no fixed size. */
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

/** Most pairs in a header; real files have fewer than 100. */
const MAX_PAIRS = 16_384;
/** Longest key, in bytes. The specification allows 65 535; real keys are shorter than 100. */
const MAX_KEY_BYTES = 1024;
/** Most texts in an array; the largest vocabularies have 300 000 tokens and 600 000 merges. */
const MAX_ARRAY_TEXTS = 4_000_000;
/** Most numbers of an array that are kept: one for each layer of the model. */
const MAX_KEPT_NUMBERS = 1024;
/** Longest text that is kept, in bytes; the largest chat templates have 30 000. Fits into the reader's window. */
const MAX_TEXT_BYTES = 256 * 1024;

/**
 * Reads the header of a source.
 * @throws ModelError `gguf-invalid` if it is not a GGUF, ends too early or has impossible numbers, and any error of
 * the source.
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
  /** Set once enough was read. */
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
    if (pairCount > MAX_PAIRS) throw this.#invalid(t('it claims to have {0} metadata pairs', pairCount));
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

  /** Returns true if the pairs read so far tell the size of the model's layers. */
  #hasShape(): boolean {
    const architecture = this.#metadata.get('general.architecture');
    return SHAPE_KEYS.every((key) => this.#metadata.has(`${String(architecture)}.${key}`));
  }

  #invalid(reason: Localized): ModelError {
    return invalidGguf(this.#name, reason);
  }

  async #version(): Promise<number> {
    const reader = this.#reader;
    if (reader.size < 8) throw this.#invalid(t('it has only {0} bytes', reader.size));
    await reader.fill(8);
    if (reader.text(4) !== 'GGUF') throw this.#invalid(t('it does not begin with “GGUF”'));
    const version = reader.u32();
    if (version === 2 || version === 3) return version;
    if (version !== 0 && version % 65_536 === 0) throw this.#invalid(t('it is for big-endian machines'));
    throw this.#invalid(t('it has GGUF version {0}, but llama.cpp supports only versions 2 and 3', version));
  }

  async #pair(): Promise<void> {
    const reader = this.#reader;
    const key = await this.#key();
    // llama.cpp aborts its process at an empty key.
    if (key === '') throw this.#invalid(t('it has an empty key'));
    if (this.#keys.has(key)) throw this.#invalid(t('it has the key {0} twice', quoted(key)));
    this.#keys.add(key);
    await reader.fill(4);
    const type = reader.u32();
    // llama.cpp aborts its process if these have another type.
    if (SPLIT_KEYS.has(key) && type !== U16) throw this.#invalid(t('its {0} is not a 16-bit number', key));
    const value = await this.#value(key, type);
    if (value !== undefined && isWanted(key)) this.#metadata.set(key, value);
  }

  async #key(): Promise<string> {
    const reader = this.#reader;
    await reader.fill(8);
    const length = reader.u64();
    if (length > MAX_KEY_BYTES) throw this.#invalid(t('it has a key of {0} bytes', length));
    await reader.fill(length);
    return reader.text(length);
  }

  /** Reads a value. Returns undefined if it is skipped. */
  async #value(key: string, type: number): Promise<MetadataValue | undefined> {
    if (type === STRING) return this.#text(key);
    if (type === ARRAY) return this.#array(key);
    const bytes = SCALAR_BYTES[type];
    if (bytes === undefined)
      throw this.#invalid(t('its key {0} has the unknown type {1}', quoted(key), type));
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
    if (bytes === undefined)
      throw this.#invalid(t('its key {0} is an array of the unknown type {1}', quoted(key), type));
    if (!isWanted(key) || length > MAX_KEPT_NUMBERS) {
      reader.skip(length * bytes);
      return undefined;
    }
    await reader.fill(length * bytes);
    return Array.from({ length }, () => Number(this.#scalar(type)));
  }

  /** Skips texts; those of the vocabulary are first compared with the names of special tokens. */
  async #texts(key: string, count: number): Promise<undefined> {
    if (count > MAX_ARRAY_TEXTS) throw this.#invalid(t('its key {0} has {1} texts', quoted(key), count));
    const reader = this.#reader;
    const isVocabulary = key === TOKENS;
    for (let index = 0; index < count; index++) {
      // Awaits only when a read is needed: half a million awaits would take longer than the reads.
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
    throw this.#invalid(t('its alignment is {0}', String(alignment)));
  }
}
