/** Parses untrusted JSON within limits, because a few bytes of JSON can become a lot of memory. */

/** The most that a JSON text may contain. */
export interface JsonLimits {
  /** Levels of nesting. */
  readonly depth: number;
  /** Members of all objects plus elements of all arrays. */
  readonly members: number;
}

/** Limits for responses that are parsed while the editor waits: a few milliseconds of work at most. */
export const SMALL_JSON: JsonLimits = { depth: 64, members: 60_000 };

/** Returns true for an object of JSON, and false for a list and for null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** `[` and `{`, and `]` and `}`, differ in one bit. */
const CASE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Returns the index just after the string that begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  for (let next = at + 1; next < bytes.length; next++) {
    const byte = bytes[next];
    if (byte === QUOTE) return next + 1;
    if (byte === BACKSLASH) next++;
  }
  return bytes.length;
}

/** Returns true if a JSON text stays within `limits`. It may still be invalid JSON. */
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

/** Strips the byte order mark that some editors write. */
export function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Parses JSON in UTF-8. Returns undefined if it is invalid or exceeds `limits`. */
export function parseSmallJson(bytes: Uint8Array, limits: JsonLimits = SMALL_JSON): unknown {
  if (!isWithinLimits(bytes, limits)) return undefined;
  try {
    return JSON.parse(withoutBom(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}
