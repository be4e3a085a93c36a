/**
 * The beginning of a blob in a registry, read like a file. One request asks for as much as may be needed; its body is
 * consumed only as far as it is read, and then the connection is closed. So a header of any length costs one request,
 * even from servers that cannot send parts.
 */
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';
import type { GgufSource } from '../gguf/index.ts';
import { type Descriptor, formatReference, type Reference, type RegistryClient } from '../oci/index.ts';

/** The most bytes that are read of a blob. The largest headers have 20 MB. */
export const MAX_BYTES = 32 * 1024 * 1024;

/** Returns the error of a header that is longer than what may be read. @param name of the model, or of a file in it. */
export function headerTooLong(name: string, maxBytes: number): ModelError {
  const message = t(
    'The GGUF header of {0} is longer than {1}. Pull the model to see what it is.',
    name,
    formatBytes(maxBytes),
  );
  return new ModelError('gguf-invalid', message);
}

/** Options of a {@link BlobSource}. */
export interface BlobSourceOptions {
  readonly registry: RegistryClient;
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are usually enough, which are requested first. */
  readonly windowBytes: number;
}

/** A source over one blob. It has to be closed. */
export class BlobSource implements GgufSource {
  readonly name: string;
  readonly size: number;
  readonly #options: BlobSourceOptions;
  /** The current body, and its unread piece. */
  #pieces: AsyncIterator<Uint8Array> | undefined;
  #rest: Uint8Array = new Uint8Array();
  /** The positions in the blob of that piece, and of the body's end, in bytes. */
  #position = 0;
  #end = 0;
  #bytesRead = 0;
  #requests = 0;

  constructor(options: BlobSourceOptions) {
    this.#options = options;
    const { reference } = options;
    // A tag is enough for a person; its digest is long.
    this.name = formatReference(
      reference.tag === undefined ? reference : { ...reference, digest: undefined },
    );
    this.size = options.descriptor.size;
  }

  /** Returns the requests and the received bytes so far. */
  get cost(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#requests, bytes: this.#bytesRead };
  }

  /** @throws ModelError of {@link RegistryClient.fetchBlob}; `gguf-invalid` for more than 32 MiB. */
  async read(target: Buffer, position: number, atLeast: number): Promise<number> {
    let filled = 0;
    while (filled < atLeast) {
      const piece = await this.#pieceAt(position + filled);
      if (piece === undefined) break;
      const count = Math.min(piece.length, target.length - filled);
      target.set(piece.subarray(0, count), filled);
      this.#rest = piece.subarray(count);
      this.#position += count;
      filled += count;
    }
    return filled;
  }

  /** Ends the current request. */
  async close(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    await pieces?.return?.();
  }

  /** Returns the received bytes from `position` on, or undefined at the end of the blob. */
  async #pieceAt(position: number): Promise<Uint8Array | undefined> {
    for (;;) {
      const skipped = Math.min(position - this.#position, this.#rest.length);
      this.#rest = this.#rest.subarray(skipped);
      this.#position += skipped;
      if (this.#rest.length > 0) return this.#rest;
      if (position >= this.size) return undefined;
      if (this.#pieces === undefined || position >= this.#end) await this.#open(position);
      const next = await this.#pieces?.next();
      if (next === undefined || next.done === true) {
        this.#pieces = undefined;
        if (this.#position < this.#end) return undefined;
        continue;
      }
      this.#rest = next.value;
      this.#bytesRead += next.value.length;
    }
  }

  async #open(position: number): Promise<void> {
    if (position >= MAX_BYTES) throw headerTooLong(this.name, MAX_BYTES);
    await this.close();
    const { registry, reference, descriptor, signal, windowBytes } = this.#options;
    const wanted = this.#requests === 0 ? position + windowBytes : MAX_BYTES;
    const end = Math.min(this.size, wanted, MAX_BYTES);
    this.#requests++;
    const blob = await registry.fetchBlob(reference, descriptor, { offset: position, end, signal });
    this.#pieces = blob.body[Symbol.asyncIterator]();
    this.#rest = new Uint8Array();
    this.#position = blob.offset;
    this.#end = blob.end;
  }
}
