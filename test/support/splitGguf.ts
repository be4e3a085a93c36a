/**
 * Splits a GGUF as llama.cpp's `llama-gguf-split` does (ggml-org/llama.cpp, tools/gguf-split): the first shard has
 * the metadata of the whole, each one has `split.no`, `split.count` and `split.tensors.count`, and the tensors
 * stand in their order.
 * Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCALAR_BYTES } from '../../src/gguf/header.ts';

const ALIGNMENT = 32;
const ValueType = { u16: 2, i32: 5, string: 8, array: 9 } as const;

/** A tensor's entry in the header, without its offset, and its content. */
interface Tensor {
  readonly entry: Buffer;
  readonly content: Buffer;
}

interface Gguf {
  readonly version: number;
  /** The key-value pairs as they stand there. */
  readonly pairs: Buffer;
  readonly pairCount: number;
  readonly tensors: readonly Tensor[];
}

/** Walks over a header. */
class Cursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  u32(): number {
    this.at += 4;
    return this.#bytes.readUInt32LE(this.at - 4);
  }

  u64(): number {
    this.at += 8;
    return Number(this.#bytes.readBigUInt64LE(this.at - 8));
  }

  skipText(): void {
    const length = this.u64();
    this.at += length;
  }

  skipValue(type: number): void {
    if (type === ValueType.string) {
      this.skipText();
    } else if (type === ValueType.array) {
      const inner = this.u32();
      for (let rest = this.u64(); rest > 0; rest--) this.skipValue(inner);
    } else {
      this.at += SCALAR_BYTES[type] ?? assert.fail(`unknown type ${type}`);
    }
  }
}

function aligned(value: number): number {
  return Math.ceil(value / ALIGNMENT) * ALIGNMENT;
}

function parse(bytes: Buffer): Gguf {
  assert.equal(bytes.subarray(0, 4).toString(), 'GGUF');
  const cursor = new Cursor(bytes, 4);
  const version = cursor.u32();
  const tensorCount = cursor.u64();
  const pairCount = cursor.u64();
  const pairsStart = cursor.at;
  for (let index = 0; index < pairCount; index++) {
    cursor.skipText();
    cursor.skipValue(cursor.u32());
  }
  const pairs = bytes.subarray(pairsStart, cursor.at);
  const entries: { entry: Buffer; offset: number }[] = [];
  for (let index = 0; index < tensorCount; index++) {
    const start = cursor.at;
    cursor.skipText();
    for (let dimensions = cursor.u32(); dimensions > 0; dimensions--) cursor.u64();
    cursor.u32();
    entries.push({ entry: bytes.subarray(start, cursor.at), offset: cursor.u64() });
  }
  const data = aligned(cursor.at);
  const tensors = entries.map(({ entry, offset }, index) => ({
    entry,
    content: bytes.subarray(data + offset, data + (entries[index + 1]?.offset ?? bytes.length - data)),
  }));
  return { version, pairs, pairCount, tensors };
}

function number(value: number, bytes: 2 | 4 | 8): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

function pair(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([number(key.length, 8), Buffer.from(key), number(type, 4), value]);
}

function shard(gguf: Gguf, tensors: readonly Tensor[], index: number, count: number): Buffer {
  const split = [
    pair('split.no', ValueType.u16, number(index, 2)),
    pair('split.count', ValueType.u16, number(count, 2)),
    pair('split.tensors.count', ValueType.i32, number(gguf.tensors.length, 4)),
  ];
  const isFirst = index === 0;
  let offset = 0;
  const entries = tensors.map(({ entry, content }) => {
    const at = offset;
    offset += aligned(content.length);
    return Buffer.concat([entry, number(at, 8)]);
  });
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    number(gguf.version, 4),
    number(tensors.length, 8),
    number(split.length + (isFirst ? gguf.pairCount : 0), 8),
    ...(isFirst ? [gguf.pairs] : []),
    ...split,
    ...entries,
  ]);
  const padded = (bytes: Buffer): Buffer[] => [bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)];
  return Buffer.concat([...padded(header), ...tensors.flatMap(({ content }) => padded(content))]);
}

/**
 * Writes the shards `<prefix>-0000N-of-0000M.gguf` of the GGUF at `path`.
 * @returns their paths in order.
 */
export async function splitGguf(
  path: string,
  folder: string,
  prefix: string,
  count: number,
): Promise<string[]> {
  const gguf = parse(await readFile(path));
  const pad = (value: number): string => String(value).padStart(5, '0');
  const paths: string[] = [];
  for (let index = 0; index < count; index++) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * gguf.tensors.length) / count));
    const shardPath = join(folder, `${prefix}-${pad(index + 1)}-of-${pad(count)}.gguf`);
    await writeFile(shardPath, shard(gguf, gguf.tensors.slice(from, to), index, count));
    paths.push(shardPath);
  }
  return paths;
}
