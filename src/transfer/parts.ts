/** Decides which part of a blob is fetched next, and how large it is. */
import type { ByteRange } from '../store/index.ts';

const MIB = 1024 * 1024;

/** Bytes of a part before the speed of the line is known. */
const FIRST_PART = 8 * MIB;
/** A part below this is not worth a request of its own. */
export const MIN_PART = 4 * MIB;
const MAX_PART = 64 * MIB;
/** Seconds that a part should take. Shorter ones waste round trips, longer ones leave wide gaps in the file. */
const PART_SECONDS = 2;

/** The conditions that decide the size of the next part. */
export interface PartConditions {
  /** Speed of one connection; 0 while it is unknown. */
  readonly bytesPerSecond: number;
  /** Bytes that have not been requested. */
  readonly leftBytes: number;
  readonly connections: number;
  /** Bytes of the smallest part. */
  readonly minBytes: number;
}

/** Returns the bytes of the next part. */
export function partBytes({ bytesPerSecond, leftBytes, connections, minBytes }: PartConditions): number {
  const wanted = bytesPerSecond === 0 ? FIRST_PART : bytesPerSecond * PART_SECONDS;
  // Parts shrink towards the end, so that all connections finish together.
  const fair = Math.ceil(leftBytes / (2 * connections));
  return Math.max(minBytes, Math.ceil(Math.min(wanted, MAX_PART, fair) / MIB) * MIB);
}

/**
 * The ranges of a blob that have not been requested. Parts are taken from the beginning, so that the hash can follow,
 * and ranges that are given back are taken in that order too.
 */
export class PartPlan {
  #left: ByteRange[];

  constructor(missing: readonly ByteRange[]) {
    this.#left = [...missing];
  }

  /** Bytes that have not been taken. */
  get leftBytes(): number {
    return this.#left.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Takes the next part, of at most `bytes`. Returns undefined if nothing is left. */
  take(bytes: number): ByteRange | undefined {
    const first = this.#left[0];
    if (first === undefined) return undefined;
    const end = Math.min(first.end, first.start + bytes);
    if (end === first.end) this.#left.shift();
    else this.#left[0] = { start: end, end: first.end };
    return { start: first.start, end };
  }

  /** Takes everything that is left, for an answer with the whole blob. */
  takeAll(): ByteRange[] {
    const all = this.#left;
    this.#left = [];
    return all;
  }

  /** Gives back a range that was taken and did not arrive. */
  giveBack(range: ByteRange): void {
    if (range.end <= range.start) return;
    const at = this.#left.findIndex(({ start }) => start > range.start);
    this.#left.splice(at < 0 ? this.#left.length : at, 0, range);
  }
}
