/** What a GGUF is before it is pulled, by the beginning of its header: from the store, or else from the registry. */
import { type GgufSource, kindOfFile, kindOfGguf } from '../gguf/index.ts';
import type { Descriptor, Reference, RegistryClient } from '../oci/index.ts';
import type { ModelStore } from '../store/index.ts';

/** Bytes of a header that are read; what says the kind stands before the vocabulary, in its first kilobytes. */
const START_BYTES = 256 * 1024;

/** The beginning of a file, as if there were nothing behind it. */
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

/** Where a file may be. */
export interface FileKindOptions {
  readonly store: ModelStore;
  readonly registry: RegistryClient;
  readonly reference: Reference;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a file is, as `kindOfGguf` says it.
 * @throws ModelError what the registry throws.
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
