/**
 * Reads names out of a list while it arrives: `{"tags": ["a", "b"]}`, `{"repositories": null}`. A registry may send
 * a list of any length, so that nothing of it is kept but the names that are wanted, and reading ends with the last
 * one that may be taken.
 */

/** Bytes of a name with its escapes; a longer one cannot stand in a reference. */
const MAX_NAME_BYTES = 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** What `null` begins with. */
const NULL = 0x6e;
const SPACES: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0d, 0x20]);
/** The mark that some editors put before a text. */
const BOM: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf]);

function unescaped(bytes: readonly number[]): string | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.includes('\\')) return text;
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the pieces of one list. */
export class NameScanner {
  readonly #field: string;
  readonly #take: (name: string) => boolean;
  #depth = 0;
  #started = false;
  #ended = false;
  #isList = true;
  /** Whether the elements of the field's list are being read. */
  #inside = false;
  #expectsKey = false;
  /** Whether the field's value begins with the next byte: a list, or null where there is none. */
  #expectsList = false;
  #key: string | undefined;
  #inString = false;
  #escaped = false;
  /** The bytes of a string that is wanted; undefined for another one. */
  #string: number[] | undefined;
  #enough = false;

  /**
   * @param field of the object that has the list.
   * @param take told of each name; false ends the reading.
   */
  constructor(field: string, take: (name: string) => boolean) {
    this.#field = field;
    this.#take = take;
  }

  /** Whether what came is a whole object, in which the field may be missing. */
  get isList(): boolean {
    return this.#isList && this.#ended;
  }

  /** @returns false where no more is wanted. */
  push(piece: Uint8Array): boolean {
    for (const byte of piece) {
      if (this.#inString) this.#inText(byte);
      else if (!this.#started) this.#begin(byte);
      else if (!SPACES.has(byte)) this.#between(byte);
      if (this.#enough || this.#ended || !this.#isList) return false;
    }
    return true;
  }

  /** @param byte between strings, and no space. */
  #between(byte: number): void {
    if (this.#expectsList || (this.#inside && this.#depth === 2)) this.#isList = this.#isExpected(byte);
    this.#expectsList = false;
    switch (byte) {
      case QUOTE:
        this.#inString = true;
        this.#string = this.#isWanted() ? [] : undefined;
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
        break;
    }
  }

  /** Whether a byte can begin the list, or stand between its names. */
  #isExpected(byte: number): boolean {
    if (this.#expectsList) return byte === OPEN_LIST || byte === NULL;
    return byte === QUOTE || byte === COMMA || byte === CLOSE_LIST;
  }

  #begin(byte: number): void {
    if (BOM.has(byte) || SPACES.has(byte)) return;
    this.#started = true;
    this.#isList = byte === OPEN_OBJECT;
    this.#depth = 1;
    this.#expectsKey = true;
  }

  /** Whether the string that begins is a key of the object, or an element of the list. */
  #isWanted(): boolean {
    return (this.#depth === 1 && this.#expectsKey) || (this.#depth === 2 && this.#inside);
  }

  #inText(byte: number): void {
    if (byte === QUOTE && !this.#escaped) {
      this.#inString = false;
      this.#string = this.#finish(this.#string);
      return;
    }
    this.#escaped = byte === BACKSLASH && !this.#escaped;
    if (this.#string === undefined) return;
    if (this.#string.length >= MAX_NAME_BYTES) this.#string = undefined;
    else this.#string.push(byte);
  }

  #finish(bytes: number[] | undefined): undefined {
    const text = bytes === undefined ? undefined : unescaped(bytes);
    if (this.#depth === 1 && this.#expectsKey) this.#key = text;
    else if (text !== undefined) this.#enough = !this.#take(text);
  }
}
