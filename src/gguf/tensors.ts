/** The tensor list of a GGUF header: how many parameters there are, and whether the file has all their data. */
import type { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { quoted } from '../base/text.ts';
import type { ByteReader } from './byteReader.ts';
import { ggmlType } from './ggmlTypes.ts';

export interface TensorSummary {
  readonly count: number;
  /** Elements of all tensors. */
  readonly parameters: number;
  /** Bytes of the matrices but {@link embedding} by the name of their type; types newer than the table are left out. */
  readonly matrixBytes: ReadonlyMap<string, number>;
  /** The token embeddings, which are looked up; undefined where another file of the model has them. */
  readonly embedding: { readonly type: string; readonly bytes: number } | undefined;
  /** Whether the last matrix is one of its own, and not the token embeddings once more. */
  readonly hasOutput: boolean;
}

const EMBEDDING = 'token_embd.weight';
const OUTPUT = 'output.weight';

/** The largest models have a few thousand. */
const MAX_TENSORS = 65_536;
/** GGML_MAX_NAME is 64, and 128 in some programs. Bytes. */
const MAX_NAME_BYTES = 128;
/** GGML_MAX_DIMS. */
const MAX_DIMENSIONS = 4;

interface Tensor {
  readonly name: string;
  /** Name of the type; undefined for one that is newer than the table. */
  readonly type: string | undefined;
  readonly isMatrix: boolean;
  readonly elements: number;
  /** Bytes; 0 for a type that is newer than the table. */
  readonly bytes: number;
  /** Bytes from the start of the data. */
  readonly offset: number;
}

/**
 * Reads `count` tensor descriptions and checks that the whole is long enough for their data.
 * @param alignment bytes.
 * @param invalid makes the error of a reason.
 */
export async function readTensors(
  reader: ByteReader,
  count: number,
  alignment: number,
  invalid: (reason: string) => ModelError,
): Promise<TensorSummary> {
  if (count > MAX_TENSORS) throw invalid(`it claims to have ${count} tensors`);
  const names = new Set<string>();
  const matrixBytes = new Map<string, number>();
  let parameters = 0;
  let embedding: TensorSummary['embedding'];
  let dataBytes = 0;
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(reader, invalid);
    if (names.has(tensor.name)) throw invalid(`it has the tensor ${quoted(tensor.name)} twice`);
    names.add(tensor.name);
    if (tensor.offset % alignment !== 0) throw invalid(`the tensor ${quoted(tensor.name)} is not aligned`);
    parameters += tensor.elements;
    dataBytes = Math.max(dataBytes, tensor.offset + tensor.bytes);
    const { type } = tensor;
    if (type === undefined || !tensor.isMatrix) continue;
    if (tensor.name === EMBEDDING) embedding = { type, bytes: tensor.bytes };
    else matrixBytes.set(type, (matrixBytes.get(type) ?? 0) + tensor.bytes);
  }
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  if (dataBytes > 0 && dataStart + dataBytes > reader.size) {
    throw invalid(
      `it has ${formatBytes(reader.size)} of ${formatBytes(dataStart + dataBytes)}, so its end is missing`,
    );
  }
  return { count, parameters, matrixBytes, embedding, hasOutput: names.has(OUTPUT) };
}

async function readTensor(reader: ByteReader, invalid: (reason: string) => ModelError): Promise<Tensor> {
  await reader.fill(8);
  const nameBytes = reader.u64();
  if (nameBytes > MAX_NAME_BYTES) throw invalid(`a tensor's name has a length of ${nameBytes} bytes`);
  await reader.fill(nameBytes + 4);
  const name = reader.text(nameBytes);
  const dimensions = reader.u32();
  if (dimensions > MAX_DIMENSIONS) throw invalid(`the tensor ${quoted(name)} has ${dimensions} dimensions`);
  await reader.fill(dimensions * 8 + 12);
  const sizes = Array.from({ length: dimensions }, () => reader.u64());
  const type = ggmlType(reader.u32());
  const offset = reader.u64();
  const elements = sizes.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(offset)) {
    throw invalid(`the tensor ${quoted(name)} is too large`);
  }
  const isMatrix = sizes.length > 1 && sizes[1] !== 1;
  if (type === undefined) return { name, type: undefined, isMatrix, elements, bytes: 0, offset };
  // Rows are made of whole blocks.
  if ((sizes[0] ?? 1) % type.blockElements !== 0) {
    throw invalid(`the tensor ${quoted(name)} has rows that are not whole blocks of ${type.name}`);
  }
  const bytes = (elements / type.blockElements) * type.blockBytes;
  return { name, type: type.name, isMatrix, elements, bytes, offset };
}
