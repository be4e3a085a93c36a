/** Bringing one blob into the store: resumed where it stopped, tried again while it gets further. */
import { isModelError, ModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import {
  type Backoff,
  backoffMs,
  type Descriptor,
  type Reference,
  type RegistryClient,
  shortDigest,
  sleep,
} from '../oci/index.ts';
import type { Ingest } from '../store/index.ts';
import type { ProgressMeter } from './progress.ts';

/** Bytes that are gathered before they are written: fewer and larger writes, while the network goes on. */
const GATHER_BYTES = 1024 * 1024;
/** Milliseconds between two records of how far a download is, for other windows. */
const SYNC_MS = 5_000;
/** Failures in a row without a new byte, after which a download ends. */
const MAX_FAILURES = 5;
const BACKOFF: Backoff = { baseMs: 500, maxMs: 15_000 };
/** A longer wait that a registry asks for is left to the person. Milliseconds. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Parts of a transfer. */
export interface BlobTransfer {
  readonly registry: RegistryClient;
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly ingest: Ingest;
  readonly meter: ProgressMeter;
  readonly log: Log;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
  /** Milliseconds before the second try; 500 where absent. */
  readonly retryBaseMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Writes a body behind what an ingest has. What it has already is skipped where the body starts before it. */
class BlobWriter {
  readonly #transfer: BlobTransfer;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  /** The write that runs while more comes in. */
  #writing: Promise<void> = Promise.resolve();
  #syncedAt: number;

  constructor(transfer: BlobTransfer) {
    this.#transfer = transfer;
    this.#syncedAt = transfer.now();
  }

  /** Takes all of `body`. What came before a failure is written as well. */
  async take(body: AsyncIterable<Uint8Array>, skipBytes: number): Promise<void> {
    let skip = skipBytes;
    try {
      for await (const piece of body) {
        this.#transfer.meter.received(piece.length);
        const skipped = Math.min(skip, piece.length);
        skip -= skipped;
        if (skipped < piece.length) await this.#add(skipped === 0 ? piece : piece.subarray(skipped));
        else this.#transfer.meter.tick();
      }
    } finally {
      await this.#flush();
      await this.#writing;
    }
  }

  async #add(piece: Uint8Array): Promise<void> {
    this.#batch.push(piece);
    this.#batchBytes += piece.length;
    if (this.#batchBytes >= GATHER_BYTES) await this.#flush();
  }

  /** Starts to write what was gathered, when the write before is done. */
  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#batchBytes === 0) return;
    const writing = this.#write(this.#batch, this.#batchBytes);
    // A failure is seen by whoever awaits the write next, which may be some time from now.
    writing.catch(() => {});
    this.#writing = writing;
    this.#batch = [];
    this.#batchBytes = 0;
  }

  async #write(batch: readonly Uint8Array[], bytes: number): Promise<void> {
    const { ingest, meter, now } = this.#transfer;
    await ingest.write(batch);
    meter.advanced(bytes);
    if (now() - this.#syncedAt < SYNC_MS) return;
    this.#syncedAt = now();
    await ingest.sync();
  }
}

/** One request, from where the ingest stands. */
async function fetchRest(transfer: BlobTransfer, withoutMirrors: boolean): Promise<void> {
  const { registry, reference, descriptor, ingest, signal } = transfer;
  const before = ingest.offset;
  const options = { offset: before, signal, withoutMirrors };
  const { offset, body } = await registry.fetchBlob(reference, descriptor, options);
  await new BlobWriter(transfer).take(body, before - offset);
  if (ingest.offset > before) return;
  const message = `${reference.registry} sent nothing new of ${shortDigest(descriptor.digest)}. Try again later.`;
  throw new ModelError('offline', message, { registry: reference.registry, retryable: true });
}

/** How long to wait after a failure. @throws the failure itself where waiting does not help. */
function waitAfter(error: unknown, failures: number, { retryBaseMs }: BlobTransfer): number {
  const asked = isModelError(error) ? (error.retryAfterMs ?? 0) : 0;
  if (!isModelError(error) || !error.retryable || failures >= MAX_FAILURES || asked > MAX_RETRY_AFTER_MS)
    throw error;
  const backoff = { ...BACKOFF, baseMs: retryBaseMs ?? BACKOFF.baseMs };
  return Math.max(asked, backoffMs(backoff, failures, Math.random()));
}

/** Fetches until all bytes are there. Only failures in a row that bring no new byte count. */
async function fetchAll(transfer: BlobTransfer, withoutMirrors: boolean): Promise<void> {
  const { descriptor, ingest, log, signal } = transfer;
  for (let failures = 0, best = ingest.offset; ingest.offset < descriptor.size; ) {
    try {
      await fetchRest(transfer, withoutMirrors);
    } catch (error) {
      failures = ingest.offset > best ? 1 : failures + 1;
      best = Math.max(best, ingest.offset);
      const wait = waitAfter(error, failures, transfer);
      const { message } = error as ModelError;
      log.warn(`${message} Going on at byte ${ingest.offset} of ${descriptor.size} in ${wait} ms.`);
      await sleep(wait, signal);
    }
  }
}

/**
 * Brings the rest of a blob and gives it to the store, verified. Content with a wrong digest is fetched once
 * more from its beginning. The ingest stays open; when this fails, what came stays on disk.
 * @throws ModelError the last failure, `digest-mismatch` after the second try, `disk-full`, `cancelled`.
 */
export async function transferBlob(transfer: BlobTransfer): Promise<void> {
  const { descriptor, ingest, meter, log, reference } = transfer;
  for (let again = false; ; again = true) {
    // A mirror may have sent the wrong bytes; the second time the registry itself is asked.
    await fetchAll(transfer, again);
    try {
      await ingest.commit();
      return;
    } catch (error) {
      if (!isModelError(error, 'digest-mismatch')) throw error;
      meter.advanced(-descriptor.size);
      if (!again) {
        log.warn(`${error.message} Fetching it once more from the beginning.`);
        await ingest.restart();
        continue;
      }
      await ingest.discard();
      const name = shortDigest(descriptor.digest);
      const message = `${reference.registry} sent ${name} twice with other content than its manifest promises. The registry's copy is damaged; tell the publisher, or pull from another place.`;
      throw new ModelError('digest-mismatch', message, { cause: error, registry: reference.registry });
    }
  }
}
