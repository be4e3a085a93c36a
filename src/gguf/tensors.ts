/** Reads the tensor list of a GGUF header: counts parameters and checks that the file has the data of all tensors. */
import type { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { type Localized, t } from '../base/l10n.ts';
import { quoted } from '../base/text.ts';
import type { ByteReader } from './byteReader.ts';
import { ggmlType } from './ggmlTypes.ts';

/** The tensors of one file. */
export interface TensorSummary {
  readonly count: number;
  /** Elements of all tensors. */
  readonly parameters: number;
  /** Bytes of the matrices other than {@link embedding}, by the name of their type, without types unknown here. */
  readonly matrixBytes: ReadonlyMap<string, number>;
  /** The token embeddings, which are looked up; undefined if another file of the model has them. */
  readonly embedding: { readonly type: string; readonly bytes: number } | undefined;
  /** True if the last matrix is a tensor of its own rather than the token embeddings again. */
  readonly hasOutput: boolean;
}

const EMBEDDING = 'token_embd.weight';
const OUTPUT = 'output.weight';

/** Most tensors in a file; the largest models have a few thousand. */
const MAX_TENSORS = 65_536;
/** Longest name, in bytes. GGML_MAX_NAME is 64, and 128 in some programs. */
const MAX_NAME_BYTES = 128;
/** GGML_MAX_DIMS. */
const MAX_DIMENSIONS = 4;

interface Tensor {
  readonly name: string;
  /** Name of the type; undefined if it is unknown here. */
  readonly type: string | undefined;
  readonly isMatrix: boolean;
  readonly elements: number;
  /** 0 if the type is unknown here. */
  readonly bytes: number;
  /** Relative to the start of the data, in bytes. */
  readonly offset: number;
}

/**
 * Reads `count` tensor descriptions and checks that the file is long enough for their data.
 * @param alignment bytes.
 * @param invalid creates the error for a reason.
 */
export async function readTensors(
  reader: ByteReader,
  count: number,
  alignment: number,
  invalid: (reason: Localized) => ModelError,
): Promise<TensorSummary> {
  if (count > MAX_TENSORS) throw invalid(t('it claims to have {0} tensors', count));
  const names = new Set<string>();
  const matrixBytes = new Map<string, number>();
  let parameters = 0;
  let embedding: TensorSummary['embedding'];
  let dataBytes = 0;
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(reader, invalid);
    if (names.has(tensor.name)) throw invalid(t('it has the tensor {0} twice', quoted(tensor.name)));
    names.add(tensor.name);
    if (tensor.offset % alignment !== 0)
      throw invalid(t('its tensor {0} is not aligned', quoted(tensor.name)));
    parameters += tensor.elements;
    dataBytes = Math.max(dataBytes, tensor.offset + tensor.bytes);
    const { type } = tensor;
    if (type === undefined || !tensor.isMatrix) continue;
    if (tensor.name === EMBEDDING) embedding = { type, bytes: tensor.bytes };
    else matrixBytes.set(type, (matrixBytes.get(type) ?? 0) + tensor.bytes);
  }
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  if (dataBytes > 0 && dataStart + dataBytes > reader.size) {
    const [there, needed] = [formatBytes(reader.size), formatBytes(dataStart + dataBytes)];
    throw invalid(t('it has only {0} of {1}, so its end is missing', there, needed));
  }
  return { count, parameters, matrixBytes, embedding, hasOutput: names.has(OUTPUT) };
}

async function readTensor(reader: ByteReader, invalid: (reason: Localized) => ModelError): Promise<Tensor> {
  await reader.fill(8);
  const nameBytes = reader.u64();
  if (nameBytes > MAX_NAME_BYTES) throw invalid(t('it has a tensor with a name of {0} bytes', nameBytes));
  await reader.fill(nameBytes + 4);
  const name = reader.text(nameBytes);
  const dimensions = reader.u32();
  if (dimensions > MAX_DIMENSIONS)
    throw invalid(t('its tensor {0} has {1} dimensions', quoted(name), dimensions));
  await reader.fill(dimensions * 8 + 12);
  const sizes = Array.from({ length: dimensions }, () => reader.u64());
  const type = ggmlType(reader.u32());
  const offset = reader.u64();
  const elements = sizes.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(offset)) {
    throw invalid(t('its tensor {0} is too large', quoted(name)));
  }
  const isMatrix = sizes.length > 1 && sizes[1] !== 1;
  if (type === undefined) return { name, type: undefined, isMatrix, elements, bytes: 0, offset };
  // A row consists of whole blocks.
  if ((sizes[0] ?? 1) % type.blockElements !== 0) {
    const reason = t('its tensor {0} has rows that are not whole blocks of {1}', quoted(name), type.name);
    throw invalid(reason);
  }
  const bytes = (elements / type.blockElements) * type.blockBytes;
  return { name, type: type.name, isMatrix, elements, bytes, offset };
}
