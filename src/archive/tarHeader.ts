/**
 * The header of a tar member (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU tar's and v7's variants):
 *
 *   header   ::= block{512}     name 100, mode 8, uid 8, gid 8, size 12, mtime 12, checksum 8, typeflag 1,
 *                               linkname 100, magic 8, uname 32, gname 32, devmajor 8, devminor 8, prefix 155
 *   number   ::= [ ]* [0-7]* [ \0]*  |  base-256: the first byte's high bit is set (GNU)
 *   magic    ::= "ustar\0" "00" (POSIX, has prefix)  |  "ustar  \0" (GNU, no prefix)  |  anything (v7)
 *   pax      ::= record*        record ::= length " " key "=" value "\n", where length counts the whole record
 *
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html,
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import type { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { damagedArchive, invalidSize } from './archiveErrors.ts';

/** Bytes of a header; bodies are padded to a multiple of it. */
export const BLOCK = 512;

/** A header as it is stated. */
export interface TarHeader {
  readonly name: string;
  /** Bytes of the body. */
  readonly size: number;
  /** One character; `0` also stands for `\0`. */
  readonly type: string;
  readonly linkName: string;
}

const CHECKSUM = { start: 148, end: 156 } as const;
const SPACE = 0x20;

const decoder = new TextDecoder();

function text(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return decoder.decode(end === -1 ? field : field.subarray(0, end));
}

/** Returns the value of a number field, or undefined if it is not a number or not a safe integer. */
function number(block: Uint8Array, start: number, length: number): number | undefined {
  const first = block[start] ?? 0;
  if (first < 0x80) {
    const digits = /^ *([0-7]*)[ \0]*$/.exec(latin1(block, start, length))?.[1];
    return digits === undefined ? undefined : Number.parseInt(`0${digits}`, 8);
  }
  // 0xff begins a negative number, which no field that is read here may have.
  let value = first & 0x7f;
  for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
  return first === 0xff || !Number.isSafeInteger(value) ? undefined : value;
}

function latin1(block: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...block.subarray(start, start + length));
}

/** Returns true if the checksum matches the block. Some old programs summed signed bytes. */
function hasItsChecksum(block: Uint8Array): boolean {
  let unsigned = 0;
  let signed = 0;
  for (const [index, byte] of block.entries()) {
    const counted = index >= CHECKSUM.start && index < CHECKSUM.end ? SPACE : byte;
    unsigned += counted;
    signed += counted < 0x80 ? counted : counted - 256;
  }
  const stated = number(block, CHECKSUM.start, CHECKSUM.end - CHECKSUM.start);
  return stated === unsigned || stated === signed;
}

/** Returns true if a block is all zeros, like the two at an archive's end. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Returns true if 512 bytes begin a tar: a header, or the end of an empty archive. */
export function looksLikeTar(block: Uint8Array): boolean {
  return (
    block.length >= BLOCK && (isZeroBlock(block.subarray(0, BLOCK)) || isHeader(block.subarray(0, BLOCK)))
  );
}

function isHeader(block: Uint8Array): boolean {
  return hasItsChecksum(block);
}

/**
 * Reads one block.
 * @throws ModelError `unsupported-artifact` if it is not a header.
 */
export function readTarHeader(block: Uint8Array): TarHeader {
  if (!isHeader(block)) {
    throw damagedArchive(t('The archive of this model is damaged: a member has a wrong checksum.'));
  }
  const size = number(block, 124, 12);
  if (size === undefined) throw invalidSize();
  const magic = latin1(block, 257, 8);
  const prefix = magic.startsWith('ustar\0') ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const type = latin1(block, 156, 1);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size,
    type: type === '\0' ? '0' : type,
    linkName: text(block, 157, 100),
  };
}

/** Returns true if one more block of the sparse map follows an old GNU sparse header. */
export function hasSparseMap(block: Uint8Array, isFirst: boolean): boolean {
  return block[isFirst ? 482 : 504] === 1;
}

/**
 * Reads the records of a pax header.
 * @throws ModelError `unsupported-artifact` if they are malformed.
 */
export function readPax(body: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(SPACE, at);
    const digits = space === -1 ? '' : latin1(body, at, Math.min(space - at, 10));
    const end = at + Number(digits);
    const isWhole = /^[1-9][0-9]{0,8}$/.test(digits) && end > space + 1 && end <= body.length;
    if (!isWhole || body[end - 1] !== 0x0a) throw malformedPax();
    const record = decoder.decode(body.subarray(space + 1, end - 1));
    const equals = record.indexOf('=');
    if (equals <= 0) throw malformedPax();
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

function malformedPax(): ModelError {
  return damagedArchive(t('The archive of this model is damaged: it has a pax header that cannot be read.'));
}

/** Reads a size from a pax header, in bytes. @throws ModelError `unsupported-artifact` if it is not a number. */
export function paxSize(value: string): number {
  const size = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw invalidSize();
}

/** Reads a GNU long name, which ends with a NUL. */
export function readLongName(body: Uint8Array): string {
  return text(body, 0, body.length);
}
