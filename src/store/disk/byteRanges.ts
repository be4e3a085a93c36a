/** Sets of byte positions in a file, as ranges, to keep track of the bytes that have been written. */

/** The bytes from `start` up to but not including `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A set of bytes. Ranges that touch are one range. */
export class ByteRanges {
  #ranges: ByteRange[] = [];

  constructor(ranges: Iterable<ByteRange> = []) {
    for (const range of ranges) this.add(range);
  }

  /** The ranges in ascending order, none empty, none touching another. */
  get ranges(): readonly ByteRange[] {
    return this.#ranges;
  }

  /** The number of bytes in the set. */
  get bytes(): number {
    return this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** The number of bytes from 0 on without a gap. */
  get front(): number {
    const first = this.#ranges[0];
    return first?.start === 0 ? first.end : 0;
  }

  /** Adds bytes, which may already be in the set. */
  add({ start, end }: ByteRange): void {
    if (end <= start) return;
    // Finds the ranges that the new one touches: those neither completely before nor completely behind it.
    let from = this.#ranges.length;
    while (from > 0 && (this.#ranges[from - 1] as ByteRange).end >= start) from--;
    let to = from;
    while (to < this.#ranges.length && (this.#ranges[to] as ByteRange).start <= end) to++;
    const touched = this.#ranges.slice(from, to);
    const joined = {
      start: Math.min(start, touched[0]?.start ?? start),
      end: Math.max(end, touched.at(-1)?.end ?? end),
    };
    this.#ranges.splice(from, to - from, joined);
  }

  /** Returns the bytes below `size` that are not in the set. */
  missing(size: number): ByteRange[] {
    const gaps: ByteRange[] = [];
    let position = 0;
    for (const { start, end } of this.#ranges) {
      if (start >= size) break;
      if (start > position) gaps.push({ start: position, end: start });
      position = end;
    }
    if (position < size) gaps.push({ start: position, end: size });
    return gaps;
  }

  /** Empties the set. */
  clear(): void {
    this.#ranges = [];
  }
}
