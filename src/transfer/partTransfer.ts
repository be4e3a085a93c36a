/** Writes one answer of a registry to an ingest. */
import type { BlobBody } from '../oci/index.ts';
import type { ByteRange, Ingest } from '../store/index.ts';
import type { Pace } from './bandwidth.ts';

/** The progress events of a part. */
export interface PartEvents {
  /** Bytes arrived over the network. */
  received(bytes: number): void;
  /** Bytes were written. */
  written(bytes: number): void;
}

/** Parts of a {@link PartTransfer}. */
export interface PartTransferOptions {
  readonly ingest: Ingest;
  readonly events: PartEvents;
  readonly bandwidth: Pace;
  readonly signal: AbortSignal;
}

/** Writes the wanted bytes of a body. */
export class PartTransfer {
  readonly #options: PartTransferOptions;
  readonly #wanted: ByteRange[];

  constructor(part: ByteRange, options: PartTransferOptions) {
    this.#options = options;
    this.#wanted = [part];
  }

  /** Adds a wanted range. Call before {@link take}. */
  want(range: ByteRange): void {
    this.#wanted.push(range);
    this.#wanted.sort((a, b) => a.start - b.start);
  }

  /** The wanted ranges that have not arrived, in ascending order. */
  get rest(): readonly ByteRange[] {
    return this.#wanted;
  }

  /** Reads the body until it ends or nothing more is wanted. @throws what the body and the ingest throw. */
  async take({ offset, end, body }: BlobBody): Promise<void> {
    const { bandwidth, events, signal } = this.#options;
    let position = offset;
    await body.pour((piece) => {
      events.received(piece.length);
      this.#write(piece, position);
      position += piece.length;
      // A body that is read to its end frees its connection for the next part.
      if (this.#wanted.length === 0 && position < end) return 'enough';
      return bandwidth.take(piece.length, signal);
    });
  }

  /** Writes the wanted bytes of a piece that begins at `position`. */
  #write(piece: Uint8Array, position: number): void {
    const { ingest, events } = this.#options;
    const end = position + piece.length;
    for (let next = this.#wanted[0]; next !== undefined && next.start < end; next = this.#wanted[0]) {
      const start = Math.max(next.start, position);
      const stop = Math.min(next.end, end);
      ingest.write(piece.subarray(start - position, stop - position), start);
      if (stop === next.end) this.#wanted.shift();
      else this.#wanted[0] = { start: stop, end: next.end };
      events.written(stop - start);
      if (stop === end) return;
    }
  }
}
