/** Unpacks a layer into the store while it arrives, behind the interface of any other ingest. */
import { type ArchiveLimits, ArchiveReader, isDamage, limitsOf } from '../../archive/index.ts';
import { asModelError, ModelError } from '../../base/error.ts';
import { asLocalized, t } from '../../base/l10n.ts';
import { digestHash, parseDigest, shortDigest } from '../../oci/spec/digest.ts';
import type { ByteRange, Ingest, NewFile, UnpackedLayer, Unpacking } from '../../store/index.ts';
import type { ArchiveRequest } from './request.ts';
import { Selection } from './selection.ts';

/** Parts of a {@link LayerIngest}. */
export interface LayerIngestOptions {
  readonly request: ArchiveRequest;
  readonly unpacking: Unpacking;
  /** Called before each file is written. @throws ModelError `disk-full` if the disk has no space for `bytes`. */
  readonly requireRoom: (bytes: number) => void;
  /** Limits of the unpacked contents. Defaults to those of the archive's size. */
  readonly limits?: ArchiveLimits | undefined;
}

/**
 * Takes the bytes of one archive in order. They may arrive over several connections in succession: the decompressor
 * keeps its state while a failed connection is replaced.
 */
export class LayerIngest implements Ingest {
  readonly stored = false;
  readonly #options: LayerIngestOptions;
  #selection: Selection;
  #reader: ArchiveReader;
  #hash: ReturnType<typeof digestHash>;
  /** Bytes that arrived, without a gap. */
  #front = 0;
  /** Settles when the current piece is unpacked. */
  #pending: Promise<void> | undefined;
  #failure: ModelError | undefined;
  /**
   * The damage that makes the archive unreadable. The rest is still downloaded, because only the digest tells whether
   * the archive or the connection is at fault.
   */
  #damage: ModelError | undefined;
  #contents: UnpackedLayer | undefined;
  /** Holds a piece while it is unpacked, because its own memory is reused for the next one. */
  #copy = Buffer.alloc(0);

  constructor(options: LayerIngestOptions) {
    this.#options = options;
    const { digest } = options.request.descriptor;
    this.#selection = this.#newSelection();
    this.#reader = this.#newReader();
    this.#hash = digestHash(digest);
  }

  get doneBytes(): number {
    return this.#front;
  }

  /** Returns the unpacked layer, after {@link commit}. */
  unpacked(): UnpackedLayer {
    if (this.#contents !== undefined) return this.#contents;
    throw new Error('The layer is not committed.');
  }

  /** Returns a promise to await before more bytes are read. @throws ModelError as the archive's reader does. */
  drained(): Promise<void> | undefined {
    return this.#pending;
  }

  missing(): ByteRange[] {
    const { size } = this.#options.request.descriptor;
    return this.#front < size ? [{ start: this.#front, end: size }] : [];
  }

  write(piece: Uint8Array, position: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    const { unpacking, request } = this.#options;
    const end = position + piece.length;
    if (position !== this.#front || end > request.descriptor.size) throw this.#wrongPlace();
    this.#hash.update(piece);
    this.#front = end;
    this.#unpack(piece);
    unpacking.record(end);
  }

  async restart(): Promise<void> {
    await this.#settle();
    this.#reader.close();
    await this.#options.unpacking.restart();
    this.#selection = this.#newSelection();
    this.#reader = this.#newReader();
    this.#hash = digestHash(this.#options.request.descriptor.digest);
    this.#front = 0;
    this.#failure = undefined;
    this.#damage = undefined;
  }

  async commit(): Promise<void> {
    const { unpacking, request } = this.#options;
    await this.#settle();
    const { hex } = parseDigest(request.descriptor.digest);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hash.digest('hex') !== hex) throw this.#wrongDigest();
    // The digest is right, so damage found below was published like this, and a retry would not help.
    if (this.#damage === undefined) await this.#reader.end().catch((error: unknown) => this.#failed(error));
    const damage = this.#damage;
    // The message of a ModelError is localized.
    if (damage !== undefined)
      throw new ModelError(damage.code, asLocalized(damage.message), { cause: damage });
    const selection = this.#selection;
    selection.finish();
    this.#contents = await unpacking.commit(selection.files, (contents) => selection.result(contents));
  }

  async discard(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    await this.#settle();
    this.#reader.close();
    await this.#options.unpacking.close();
  }

  #newSelection(): Selection {
    const { request, unpacking, requireRoom } = this.#options;
    return new Selection(request, (size): NewFile => {
      requireRoom(size ?? request.descriptor.size);
      return unpacking.create();
    });
  }

  #newReader(): ArchiveReader {
    const { limits, request } = this.#options;
    return new ArchiveReader(this.#selection, limits ?? limitsOf(request.descriptor.size));
  }

  /** Unpacks one piece after the other; uncompressed ones are done synchronously. */
  #unpack(piece: Uint8Array): void {
    if (this.#damage !== undefined) return;
    if (this.#pending === undefined) {
      this.#start(this.#copied(piece));
      return;
    }
    const copy = Buffer.from(piece);
    this.#wait(this.#pending.then(() => (this.#damage === undefined ? this.#reader.write(copy) : undefined)));
  }

  #start(piece: Uint8Array): void {
    try {
      const pending = this.#reader.write(piece);
      if (pending !== undefined) this.#wait(pending);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Remembers damage. @throws any other error, after which no further bytes are wanted. */
  #failed(error: unknown): void {
    if (isDamage(error)) {
      this.#damage ??= error;
      return;
    }
    this.#failure ??= this.#asFailure(error);
    throw this.#failure;
  }

  #wait(pending: Promise<void>): void {
    const waiting = pending.then(
      () => {
        if (this.#pending === waiting) this.#pending = undefined;
      },
      (error: unknown) => {
        this.#pending = undefined;
        this.#failed(error);
      },
    );
    // A failure reaches callers that wait, and the next write.
    waiting.catch(() => {});
    this.#pending = waiting;
  }

  #copied(piece: Uint8Array): Uint8Array {
    if (this.#copy.length < piece.length) this.#copy = Buffer.allocUnsafeSlow(piece.length);
    this.#copy.set(piece);
    return this.#copy.subarray(0, piece.length);
  }

  async #settle(): Promise<void> {
    await this.#pending?.catch(() => {});
  }

  #asFailure(error: unknown): ModelError {
    const message = t(
      'Could not unpack a layer of the model ({0}). Pull the model again; if it happens again, tell its publisher.',
      this.#name,
    );
    return asModelError(error, 'store-error', message);
  }

  get #name(): string {
    return shortDigest(this.#options.request.descriptor.digest);
  }

  #wrongPlace(): ModelError {
    const message = t(
      'The registry sent the wrong part of a layer of the model ({0}). Pull the model again; if it happens again, contact the registry’s operator.',
      this.#name,
    );
    return new ModelError('size-mismatch', message);
  }

  #wrongDigest(): ModelError {
    const message = t(
      'A layer of the model ({0}) failed verification and was discarded. Pull the model again; if it happens again, tell its publisher.',
      this.#name,
    );
    return new ModelError('digest-mismatch', message, { retryable: true });
  }
}
