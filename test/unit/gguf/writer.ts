/** Writes small GGUF files, right ones and wrong ones. */

export type Value =
  | {
      readonly type: 'u32' | 'i32' | 'u64' | 'i64' | 'f32' | 'f64' | 'u8' | 'i8' | 'u16' | 'i16';
      readonly value: number;
    }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'texts'; readonly value: readonly string[] }
  | { readonly type: 'u32s' | 'i32s' | 'bools'; readonly value: readonly number[] };

export interface TensorInput {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Number of the ggml type; 0 is F32. */
  readonly type?: number;
  readonly offset?: number;
}

export interface GgufInput {
  readonly magic?: string;
  readonly version?: number;
  readonly pairs?: readonly (readonly [string, Value])[];
  readonly tensors?: readonly TensorInput[];
  readonly tensorCount?: number;
  readonly pairCount?: number;
  readonly alignment?: number;
  /** Bytes of data after the header; as many as F32 tensors need where absent. */
  readonly dataBytes?: number;
}

export function u32(value: number): Value {
  return { type: 'u32', value };
}

export function text(value: string): Value {
  return { type: 'text', value };
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function number64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([number64(bytes.length), bytes]);
}

const NUMBERS = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  text: 8,
  u64: 10,
  i64: 11,
  f64: 12,
};

function scalar(type: string, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  const width = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, u64: 8, i64: 8, f64: 8 }[type] ?? 0;
  if (type === 'f32') bytes.writeFloatLE(value);
  else if (type === 'f64') bytes.writeDoubleLE(value);
  else bytes.writeBigInt64LE(BigInt(value));
  return bytes.subarray(0, width);
}

function value(input: Value): Buffer {
  switch (input.type) {
    case 'text':
      return Buffer.concat([number32(NUMBERS.text), string(input.value)]);
    case 'texts':
      return Buffer.concat([
        number32(9),
        number32(8),
        number64(input.value.length),
        ...input.value.map(string),
      ]);
    case 'u32s':
    case 'i32s':
    case 'bools': {
      const element = { u32s: 'u32', i32s: 'i32', bools: 'bool' } as const;
      const type = element[input.type];
      const values = input.value.map((number) => scalar(type === 'bool' ? 'u8' : type, number));
      return Buffer.concat([number32(9), number32(NUMBERS[type]), number64(values.length), ...values]);
    }
    case 'bool':
      return Buffer.concat([number32(NUMBERS.bool), Buffer.from([input.value ? 1 : 0])]);
    default:
      return Buffer.concat([number32(NUMBERS[input.type]), scalar(input.type, input.value)]);
  }
}

/** The bytes of a file. */
export function gguf(input: GgufInput): Buffer {
  const { pairs = [], tensors = [], alignment = 32 } = input;
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const at = tensor.offset ?? offset;
    const bytes = 4 * tensor.sizes.reduce((product, size) => product * size, 1);
    offset = Math.ceil((at + bytes) / alignment) * alignment;
    const sizes = tensor.sizes.map(number64);
    return [string(tensor.name), number32(sizes.length), ...sizes, number32(tensor.type ?? 0), number64(at)];
  });
  const header = Buffer.concat([
    Buffer.from(input.magic ?? 'GGUF'),
    number32(input.version ?? 3),
    number64(input.tensorCount ?? tensors.length),
    number64(input.pairCount ?? pairs.length),
    ...pairs.flatMap(([key, content]) => [string(key), value(content)]),
    ...infos.flat(),
  ]);
  const padding = Buffer.alloc((alignment - (header.length % alignment)) % alignment);
  return Buffer.concat([header, padding, Buffer.alloc(input.dataBytes ?? offset)]);
}

/** What every file needs. */
export const LLAMA: readonly (readonly [string, Value])[] = [['general.architecture', text('llama')]];

/** The least that llama.cpp wants to know of a model of an architecture. */
export function bareModel(architecture: string): readonly (readonly [string, Value])[] {
  return [
    ['general.architecture', text(architecture)],
    [`${architecture}.context_length`, u32(512)],
    [`${architecture}.block_count`, u32(1)],
    [`${architecture}.embedding_length`, u32(64)],
  ];
}
