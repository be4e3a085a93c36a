/** JSON that other people wrote: read only if what comes out of it is small, since some bytes become much memory. */

/** How much may come out of a text. */
export interface JsonLimits {
  /** Values inside of each other. */
  readonly depth: number;
  /** Members of all objects and elements of all arrays together. */
  readonly members: number;
}

/** For answers that are read where the editor waits: some milliseconds of work at most. */
export const SMALL_JSON: JsonLimits = { depth: 64, members: 60_000 };

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** `[` and `{`, and `]` and `}`, differ in one bit. */
const CASE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The place behind the string that begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  for (let next = at + 1; next < bytes.length; next++) {
    const byte = bytes[next];
    if (byte === QUOTE) return next + 1;
    if (byte === BACKSLASH) next++;
  }
  return bytes.length;
}

/** Tells whether a JSON text stays within limits. Nothing is said about whether it is valid. */
export function isWithinLimits(bytes: Uint8Array, { depth, members }: JsonLimits): boolean {
  let level = 0;
  let count = 0;
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      continue;
    }
    const kind = byte | CASE_BIT;
    if (byte === COMMA) count++;
    else if (kind === OPEN) {
      count++;
      level++;
    } else if (kind === CLOSE) level--;
    if (level > depth || count > members) return false;
    at++;
  }
  return true;
}

/** A text without the mark that some editors put before it. */
export function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/**
 * The value of a JSON text in UTF-8; undefined if it is none, or more than `limits` allow.
 */
export function parseSmallJson(bytes: Uint8Array, limits: JsonLimits = SMALL_JSON): unknown {
  if (!isWithinLimits(bytes, limits)) return undefined;
  try {
    return JSON.parse(withoutBom(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
