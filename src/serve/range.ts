/** Byte ranges of a GET (RFC 9110, section 14): one range is answered, anything else is as if there were none. */

/** What to send: all, one part, or the answer 416. */
export type RangeAnswer =
  | { readonly kind: 'whole' }
  /** Positions of the first and the last byte. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

/**
 * @param header the Range header, where there is one.
 * @param size bytes of the whole.
 */
export function parseRange(header: string | undefined, size: number): RangeAnswer {
  const [, from = '', to = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') {
    const count = Math.min(Number(to), size);
    return count === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', first: size - count, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  // “bytes=5-2” is not a valid range, which is ignored.
  if (to !== '' && Number(to) < first) return { kind: 'whole' };
  return first >= size ? { kind: 'unsatisfiable' } : { kind: 'part', first, last };
}
