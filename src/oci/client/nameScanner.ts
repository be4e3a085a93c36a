/**
 * A scanner that reads names from a list while it arrives: `{"tags": ["a", "b"]}`, `{"repositories": null}`. A registry
 * may send a list of any length, so only the wanted names are kept, and reading stops at the last permitted one.
 */

/** Bytes of a name with its escapes. A longer one is not valid in a reference. */
const MAX_NAME_BYTES = 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** The first byte of `null`. */
const NULL = 0x6e;
/** The byte order mark that some editors put before a text. */
const BOM: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function unescaped(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Tells whether the byte at `end` follows an odd number of backslashes. */
function isEscaped(piece: Buffer, start: number, end: number, before: boolean): boolean {
  let at = end;
  while (at > start && piece[at - 1] === BACKSLASH) at--;
  const isOdd = (end - at) % 2 === 1;
  return at === start ? isOdd !== before : isOdd;
}

/** Scans the pieces of one list. */
export class NameScanner {
  readonly #field: string;
  readonly #take: (name: string) => boolean;
  #depth = 0;
  #started = false;
  #ended = false;
  #isList = true;
  /** True while the elements of the field's list are read. */
  #inside = false;
  #expectsKey = false;
  /** True if the next byte starts the field's value: a list, or null if there is none. */
  #expectsList = false;
  #key: string | undefined;
  #inString = false;
  /** True if the last byte of the previous piece escapes the next one. */
  #escaped = false;
  /** The beginning of a wanted string; undefined in other strings. */
  #string: string | undefined;
  #enough = false;
  #hasField = false;

  /** @param field of the object that holds the list. @param take called with each name; false stops the reading. */
  constructor(field: string, take: (name: string) => boolean) {
    this.#field = field;
    this.#take = take;
  }

  /** True if a whole object was read, even if the field is missing. */
  get isList(): boolean {
    return this.#isList && this.#ended;
  }

  /** True if the object has the field. */
  get hasField(): boolean {
    return this.#hasField;
  }

  /** Scans a piece. Returns false if no more is wanted. */
  push(piece: Buffer): boolean {
    for (let at = 0; at < piece.length; ) {
      at = this.#inString ? this.#text(piece, at) : this.#next(piece[at] ?? 0, at);
      if (this.#enough || this.#ended || !this.#isList) return false;
    }
    return true;
  }

  #next(byte: number, at: number): number {
    if (!this.#started) this.#begin(byte);
    else if (!isSpace(byte)) this.#between(byte);
    return at + 1;
  }

  /** @param byte between strings, other than white space. */
  #between(byte: number): void {
    if (this.#expectsList || (this.#inside && this.#depth === 2)) this.#isList = this.#isExpected(byte);
    this.#expectsList = false;
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        this.#string = this.#isWanted() ? '' : undefined;
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#depth++;
        if (this.#depth === 2 && byte === OPEN_LIST) this.#inside = this.#key === this.#field;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#depth--;
        if (this.#depth === 1) this.#inside = false;
        this.#ended = this.#depth === 0;
        break;
      case COMMA:
      case COLON:
        if (this.#depth !== 1) break;
        this.#expectsKey = byte === COMMA;
        this.#expectsList = byte === COLON && this.#key === this.#field;
        this.#hasField ||= this.#expectsList;
        break;
    }
  }

  /** Tells whether a byte can begin the list, or stand between its names. */
  #isExpected(byte: number): boolean {
    if (this.#expectsList) return byte === OPEN_LIST || byte === NULL;
    return byte === QUOTE || byte === COMMA || byte === CLOSE_LIST;
  }

  #begin(byte: number): void {
    if (BOM.has(byte) || isSpace(byte)) return;
    this.#started = true;
    this.#isList = byte === OPEN_OBJECT;
    this.#depth = 1;
    this.#expectsKey = true;
  }

  /** Tells whether the string that begins here is a key of the object or an element of the list. */
  #isWanted(): boolean {
    return (this.#depth === 1 && this.#expectsKey) || (this.#depth === 2 && this.#inside);
  }

  /** Reads the string that continues at `start`. Returns the position behind it. */
  #text(piece: Buffer, start: number): number {
    for (let from = start; ; ) {
      const quote = piece.indexOf(QUOTE, from);
      const end = quote < 0 ? piece.length : quote;
      const escapesNext = isEscaped(piece, start, end, this.#escaped);
      if (quote >= 0 && escapesNext) {
        from = quote + 1;
        continue;
      }
      this.#append(piece, start, end);
      this.#escaped = quote < 0 && escapesNext;
      if (quote < 0) return end;
      this.#inString = false;
      this.#finish();
      return quote + 1;
    }
  }

  /** Appends to the string. A name has no multibyte characters, so a piece may end anywhere. */
  #append(piece: Buffer, start: number, end: number): void {
    if (this.#string === undefined) return;
    const isLong = this.#string.length + end - start > MAX_NAME_BYTES;
    this.#string = isLong ? undefined : this.#string + piece.toString('latin1', start, end);
  }

  #finish(): void {
    const text = this.#string === undefined ? undefined : unescaped(this.#string);
    this.#string = undefined;
    if (this.#depth === 1 && this.#expectsKey) this.#key = text;
    else if (text !== undefined) this.#enough = !this.#take(text);
  }
}
