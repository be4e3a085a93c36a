/** Downloads one blob into the store, in parts over several connections, with retries as long as there is progress. */
import { cancelledError, isModelError, ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import {
  type Backoff,
  type BlobBody,
  backoffMs,
  type Descriptor,
  familiarReference,
  type Reference,
  type RegistryClient,
  shortDigest,
  sleep,
} from '../oci/index.ts';
import type { ByteRange, Ingest } from '../store/index.ts';
import type { Pace } from './bandwidth.ts';
import { PartSpeeds } from './partSpeeds.ts';
import { MIN_PART, PartPlan, partBytes } from './parts.ts';
import { PartTransfer } from './partTransfer.ts';

/** Consecutive failures without progress after which a download fails. */
const MAX_FAILURES = 5;
/** Bytes between two failures that count as progress; less for small blobs. With one byte a try there is no end. */
const MIN_PROGRESS = 16 * 1024;
const BACKOFF: Backoff = { baseMs: 500, maxMs: 15_000 };
/** The longest wait, in milliseconds, that a registry may ask for. If it asks for more, the person decides. */
const MAX_RETRY_AFTER_MS = 60_000;
/** Milliseconds between two checks for slow parts. */
const CHECK_MS = 1_000;

/** Runs a task when one of the connections that all downloads share is free. */
export type ConnectionLimit = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** Parts of a transfer. */
export interface BlobTransferOptions {
  readonly registry: RegistryClient;
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly ingest: Ingest;
  /** The most connections for this blob. */
  readonly connections: number;
  readonly limit: ConnectionLimit;
  readonly bandwidth: Pace;
  readonly events: {
    /** Bytes arrived over the network. */
    received(bytes: number): void;
    /** The ingest's `doneBytes` changed. */
    changed(): void;
  };
  readonly log: Log;
  /** Milliseconds, of any origin. */
  readonly now: () => number;
  /** Milliseconds before the second try. Defaults to 500. */
  readonly retryBaseMs?: number | undefined;
  /** Bytes of the smallest part. Defaults to {@link MIN_PART}. */
  readonly minPartBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Fetches all missing parts of a blob once. */
class PartsTransfer {
  readonly #options: BlobTransferOptions;
  readonly #withoutMirrors: boolean;
  readonly #plan: PartPlan;
  readonly #speeds: PartSpeeds;
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  #connections: number;
  /** True if the server only sends whole blobs, so that one connection fetches all of it. */
  #whole = false;
  #written = 0;
  /** Failures of requests that began in the same round count as one. */
  #round = 0;
  #failures = 0;
  #writtenAtFailure = 0;
  #resumeAt = 0;
  #onAnswer: () => void = () => {};

  constructor(options: BlobTransferOptions, withoutMirrors: boolean) {
    this.#options = options;
    this.#withoutMirrors = withoutMirrors;
    this.#plan = new PartPlan(options.ingest.missing());
    this.#speeds = new PartSpeeds(options.now);
    this.#connections = options.connections;
    const { signal } = options;
    this.#signal = signal === undefined ? this.#end.signal : AbortSignal.any([signal, this.#end.signal]);
  }

  /** Opens the other connections after the first answer, which tells whether the server sends parts. */
  async run(): Promise<void> {
    const checking = setInterval(() => this.#speeds.check(), CHECK_MS);
    try {
      const answered = new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
      const first = this.#lane(0);
      first.catch(() => {});
      await Promise.race([answered, first]);
      const others = Array.from({ length: this.#connections - 1 }, (_, index) => this.#lane(index + 1));
      await Promise.all([first, ...others].map((lane) => lane.catch((error) => this.#stop(error))));
    } finally {
      clearInterval(checking);
    }
    if (this.#signal.aborted) throw this.#reason();
  }

  /** Returns the first fatal failure, or the error of a cancelled operation. */
  #reason(): unknown {
    const { reason } = this.#end.signal;
    return this.#options.signal?.aborted ? cancelledError(reason) : reason;
  }

  /** Aborts all connections. The first reason counts. */
  #stop(reason: unknown): void {
    this.#end.abort(reason);
  }

  /** Runs one connection: fetches part after part until none is left. */
  async #lane(index: number): Promise<void> {
    while (!this.#signal.aborted && index < this.#connections && this.#plan.leftBytes > 0) {
      await this.#pause();
      await this.#options.limit(() => this.#next());
    }
  }

  async #pause(): Promise<void> {
    for (let wait = this.#wait(); wait > 0; wait = this.#wait()) await sleep(wait, this.#signal);
  }

  #wait(): number {
    return this.#resumeAt - this.#options.now();
  }

  async #next(): Promise<void> {
    if (this.#signal.aborted || this.#wait() > 0) return;
    const { leftBytes } = this.#plan;
    const conditions = {
      bytesPerSecond: this.#speeds.median,
      leftBytes,
      connections: this.#connections,
      minBytes: this.#options.minPartBytes ?? MIN_PART,
    };
    const part = this.#plan.take(this.#whole ? leftBytes : partBytes(conditions));
    if (part !== undefined) await this.#fetch(part);
  }

  async #fetch(part: ByteRange): Promise<void> {
    const { ingest, bandwidth, events, log, descriptor } = this.#options;
    const round = this.#round;
    const request = new AbortController();
    const signal = AbortSignal.any([this.#signal, request.signal]);
    const running = this.#speeds.begin(() => request.abort());
    const received = (bytes: number): void => {
      events.received(bytes);
      running.received(bytes);
    };
    const written = (bytes: number): void => {
      this.#written += bytes;
      events.changed();
    };
    const transfer = new PartTransfer(part, {
      ingest,
      bandwidth,
      events: { received, written },
      signal,
    });
    try {
      await transfer.take(this.#answered(await this.#open(part, signal), part, transfer));
    } catch (error) {
      if (request.signal.aborted && !this.#signal.aborted) {
        log.info(
          `A part of ${shortDigest(descriptor.digest)} is much slower than the others; another connection is tried.`,
        );
      } else this.#failed(error, round);
    } finally {
      running.end();
      for (const range of transfer.rest) this.#plan.giveBack(range);
    }
  }

  #open({ start, end }: ByteRange, signal: AbortSignal): Promise<BlobBody> {
    const { registry, reference, descriptor } = this.#options;
    const withoutMirrors = this.#withoutMirrors;
    return registry.fetchBlob(reference, descriptor, { offset: start, end, signal, withoutMirrors });
  }

  /** Takes all missing ranges from an answer with more than the part, because such a server sends whole blobs. */
  #answered(body: BlobBody, part: ByteRange, transfer: PartTransfer): BlobBody {
    if (body.offset < part.start || body.end > part.end) {
      this.#whole = true;
      for (const range of this.#plan.takeAll()) transfer.want(range);
    }
    this.#onAnswer();
    return body;
  }

  /** Schedules a retry if that may help, and otherwise stops the transfer. */
  #failed(error: unknown, round: number): void {
    if (this.#signal.aborted) return;
    const asked = isModelError(error) ? (error.retryAfterMs ?? 0) : 0;
    if (!isModelError(error) || !error.retryable || asked > MAX_RETRY_AFTER_MS) {
      this.#stop(error);
      return;
    }
    // A registry that limits the rate gets fewer connections.
    if (error.code === 'rate-limited') this.#connections = Math.max(1, Math.ceil(this.#connections / 2));
    if (round !== this.#round) return;
    this.#round++;
    const progress = Math.min(MIN_PROGRESS, this.#options.descriptor.size / 64);
    this.#failures = this.#written - this.#writtenAtFailure >= progress ? 1 : this.#failures + 1;
    this.#writtenAtFailure = this.#written;
    if (this.#failures >= MAX_FAILURES) this.#stop(error);
    else this.#waitAfter(error, asked);
  }

  #waitAfter(error: ModelError, askedMs: number): void {
    const { retryBaseMs = BACKOFF.baseMs, ingest, descriptor, log, now } = this.#options;
    const backoff = { ...BACKOFF, baseMs: retryBaseMs };
    const wait = Math.max(askedMs, backoffMs(backoff, this.#failures, Math.random()));
    this.#resumeAt = now() + wait;
    log.warn(
      `${error.message} Going on in ${wait} ms; ${ingest.doneBytes} of ${descriptor.size} bytes are there.`,
    );
  }
}

/** Fetches until no byte is missing. */
async function fetchAll(options: BlobTransferOptions, withoutMirrors: boolean): Promise<void> {
  while (options.ingest.missing().length > 0) await new PartsTransfer(options, withoutMirrors).run();
}

/**
 * Downloads the missing bytes of a blob, and commits it to the store after verification. Content with a wrong digest is
 * fetched once more from the beginning. The ingest stays open; after a failure, the bytes that arrived stay on disk.
 * @throws ModelError the last failure, `digest-mismatch` after the second try, `disk-full`, `cancelled`.
 */
export async function transferBlob(options: BlobTransferOptions): Promise<void> {
  const { ingest, events, log, reference } = options;
  for (let again = false; ; again = true) {
    // A mirror may have sent the wrong bytes, so the second try asks the registry itself.
    await fetchAll(options, again);
    try {
      await ingest.commit();
      return;
    } catch (error) {
      if (!isModelError(error, 'digest-mismatch')) throw error;
      events.changed();
      if (!again) {
        log.warn(`${error.message} Fetching it once more from the beginning.`);
        await ingest.restart();
        continue;
      }
      await ingest.discard();
      const message = t(
        '{0} failed verification twice, so the copy on {1} is damaged. Tell the publisher, or pull the model from another registry.',
        familiarReference(reference),
        reference.registry,
      );
      throw new ModelError('digest-mismatch', message, { cause: error, registry: reference.registry });
    }
  }
}
