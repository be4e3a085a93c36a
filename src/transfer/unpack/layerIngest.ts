/** A layer on its way into the store as the files that are in it, seen by a transfer as any other ingest. */
import { type ArchiveLimits, ArchiveReader, isDamage, limitsOf } from '../../archive/index.ts';
import { asModelError, ModelError } from '../../base/error.ts';
import { digestHash, parseDigest, shortDigest } from '../../oci/spec/digest.ts';
import type { ByteRange, Ingest, NewFile, UnpackedLayer, Unpacking } from '../../store/index.ts';
import type { ArchiveRequest } from './request.ts';
import { Selection } from './selection.ts';

/** Parts of a {@link LayerIngest}. */
export interface LayerIngestOptions {
  readonly request: ArchiveRequest;
  readonly unpacking: Unpacking;
  /** Asked before each file is written. @throws ModelError `disk-full` where `bytes` more have no room. */
  readonly requireRoom: (bytes: number) => void;
  /** Limits on what comes out; those of the archive's size where absent. */
  readonly limits?: ArchiveLimits | undefined;
}

/**
 * Takes the bytes of one archive from its beginning on, over any number of connections one after the other: the
 * decompressor stays as it is while a broken one is made anew.
 */
export class LayerIngest implements Ingest {
  readonly stored = false;
  readonly #options: LayerIngestOptions;
  #selection: Selection;
  #reader: ArchiveReader;
  #hash: ReturnType<typeof digestHash>;
  /** Bytes that came, without a gap. */
  #front = 0;
  /** What is being unpacked. */
  #pending: Promise<void> | undefined;
  #failure: ModelError | undefined;
  /**
   * What makes the archive unreadable. The rest of it still comes, because only the digest tells whether it is the
   * archive or the way here that is to blame.
   */
  #damage: ModelError | undefined;
  #contents: UnpackedLayer | undefined;
  /** Holds a piece while it is unpacked, since its own memory is used for the next one. */
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

  /** What came out, after {@link commit}. */
  unpacked(): UnpackedLayer {
    if (this.#contents !== undefined) return this.#contents;
    throw new ModelError('store-error', `${this.#name} is not unpacked yet. Pull again.`);
  }

  /** What to wait for before more may come. @throws ModelError what the archive's reader throws. */
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
    // The digest is right, so the archive was made like this.
    if (this.#damage === undefined) await this.#reader.end().catch((error: unknown) => this.#failed(error));
    const damage = this.#damage;
    if (damage !== undefined) throw new ModelError(damage.code, damage.message, { cause: damage });
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

  /** One piece after the other; what is not compressed is done at once. */
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

  /** @throws the error where no further bytes are wanted. */
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
    // Whoever waits hears of it, and so does the next write.
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
    const message = `${this.#name} could not be unpacked. Pull again; if it happens again, tell the publisher.`;
    return asModelError(error, 'store-error', message);
  }

  get #name(): string {
    return shortDigest(this.#options.request.descriptor.digest);
  }

  #wrongPlace(): ModelError {
    const message = `The registry sent other bytes of ${this.#name} than were asked for. Pull again; if it happens again, tell the publisher.`;
    return new ModelError('size-mismatch', message);
  }

  #wrongDigest(): ModelError {
    const message = `What arrived for ${this.#name} is not what the manifest promises, so it was thrown away. Pull again; if it happens again, tell the publisher.`;
    return new ModelError('digest-mismatch', message, { retryable: true });
  }
}
