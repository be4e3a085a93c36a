/** Determines the kind of a GGUF before it is pulled, by the beginning of its header, in the store or the registry. */
import { type GgufSource, kindOfFile, kindOfGguf } from '../gguf/index.ts';
import type { Descriptor, Reference, RegistryClient } from '../oci/index.ts';
import type { ModelStore } from '../store/index.ts';

/** Bytes of a header that are read. The kind is stated before the vocabulary, in the first kilobytes. */
const START_BYTES = 256 * 1024;

/** Reads the beginning of a file, as if the file ended there. */
class StartSource implements GgufSource {
  readonly name: string;
  readonly size: number;
  readonly #start: Buffer;

  constructor({ digest, size }: Descriptor, start: Buffer) {
    this.name = digest;
    this.size = size;
    this.#start = start;
  }

  async read(target: Buffer, position: number): Promise<number> {
    return this.#start.copy(target, 0, Math.min(position, this.#start.length));
  }
}

/** The places of a file. */
export interface FileKindOptions {
  readonly store: ModelStore;
  readonly registry: RegistryClient;
  readonly reference: Reference;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the kind of a file, as `kindOfGguf` does.
 * @throws ModelError as the registry client.
 */
export async function fileKind(
  descriptor: Descriptor,
  { store, registry, reference, signal }: FileKindOptions,
): Promise<string | undefined> {
  if (await store.hasBlob(descriptor)) return kindOfFile(store.blobPath(descriptor.digest));
  const end = Math.min(descriptor.size, START_BYTES);
  const { body } = await registry.fetchBlob(reference, descriptor, { end, signal });
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length >= end) break;
  }
  return kindOfGguf(new StartSource(descriptor, Buffer.concat(pieces)));
}
