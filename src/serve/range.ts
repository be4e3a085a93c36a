/** Byte ranges of a GET (RFC 9110, section 14). One range is supported; any other header is ignored. */

/** The bytes to send: all, one part, or none with a 416. */
export type RangeAnswer =
  | { readonly kind: 'whole' }
  /** Positions of the first and the last byte. */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

/** @param header the Range header, if there is one. @param size bytes of the whole content. */
export function parseRange(header: string | undefined, size: number): RangeAnswer {
  const [, from = '', to = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? '') ?? [];
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') {
    const count = Math.min(Number(to), size);
    return count === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', first: size - count, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  // “bytes=5-2” is not valid, and is ignored.
  if (to !== '' && Number(to) < first) return { kind: 'whole' };
  return first >= size ? { kind: 'unsatisfiable' } : { kind: 'part', first, last };
}
