/** Which part of a blob is fetched next, and how large it is. */
import type { ByteRange } from '../store/index.ts';

const MIB = 1024 * 1024;

/** Bytes of a part before the speed of the line is known. */
const FIRST_PART = 8 * MIB;
/** A part below this is not worth a request of its own. */
export const MIN_PART = 4 * MIB;
const MAX_PART = 64 * MIB;
/** Seconds that a part should take: short ones cost a round trip each, long ones lie far apart in the file. */
const PART_SECONDS = 2;

/** What decides how large the next part is. */
export interface PartConditions {
  /** Of one connection; 0 while it is not known. */
  readonly bytesPerSecond: number;
  /** Bytes that are still to be asked for. */
  readonly leftBytes: number;
  readonly connections: number;
  /** Bytes. */
  readonly minBytes: number;
}

/** Bytes of the next part. */
export function partBytes({ bytesPerSecond, leftBytes, connections, minBytes }: PartConditions): number {
  const wanted = bytesPerSecond === 0 ? FIRST_PART : bytesPerSecond * PART_SECONDS;
  // Towards the end the parts become smaller, so that all connections end together.
  const fair = Math.ceil(leftBytes / (2 * connections));
  return Math.max(minBytes, Math.ceil(Math.min(wanted, MAX_PART, fair) / MIB) * MIB);
}

/**
 * What is still to be asked for. Parts are taken from the beginning on, so that the hash can follow, and what is
 * given back goes first.
 */
export class PartPlan {
  #left: ByteRange[];

  constructor(missing: readonly ByteRange[]) {
    this.#left = [...missing];
  }

  /** Bytes that nobody has taken. */
  get leftBytes(): number {
    return this.#left.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** The next part, of at most `bytes`; undefined where all are taken. */
  take(bytes: number): ByteRange | undefined {
    const first = this.#left[0];
    if (first === undefined) return undefined;
    const end = Math.min(first.end, first.start + bytes);
    if (end === first.end) this.#left.shift();
    else this.#left[0] = { start: end, end: first.end };
    return { start: first.start, end };
  }

  /** All that is left, as one answer with the whole blob brings it. */
  takeAll(): ByteRange[] {
    const all = this.#left;
    this.#left = [];
    return all;
  }

  /** Puts a range back that was taken and did not come. */
  giveBack(range: ByteRange): void {
    if (range.end <= range.start) return;
    const at = this.#left.findIndex(({ start }) => start > range.start);
    this.#left.splice(at < 0 ? this.#left.length : at, 0, range);
  }
}
