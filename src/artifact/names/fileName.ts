/**
 * File names that a publisher gave. They become paths on this machine, whichever system it has, so what any
 * of Linux, macOS and Windows could take for more than a plain relative path is refused.
 */
import { quoted } from '../../base/text.ts';
import { unsupported } from '../unsupported.ts';

/** Names that Windows keeps for devices, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;
/** Characters that Windows refuses, and the control characters. */
const FORBIDDEN = /[\p{Cc}<>:"|?*\\]/u;
/**
 * Characters without a shape of their own (marks that turn the direction of writing, joiners, variation selectors, line
 * separators): with them a name reads as another one, and two names look the same.
 */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Bytes of one part of a path, and of the whole. */
const MAX_PART_BYTES = 200;
const MAX_BYTES = 1024;

/**
 * Any of the flaws of a part, somewhere in a path: one look at the whole is quick, also at thousands of names. Only the
 * lengths of parts are not looked at.
 */
const FLAWED =
  /(?:^|\/)(?:\.{0,2}(?:\/|$)| |(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:[./]|$))|[. ](?:\/|$)|[\p{Cc}<>:"|?*\\\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/iu;

/** Tells whether a path and its parts are short enough. */
function isShort(path: string): boolean {
  // A character has three bytes for each of its units at most.
  if (path.length * 3 <= MAX_PART_BYTES) return true;
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PART_BYTES) return true;
  return bytes <= MAX_BYTES && path.split('/').every((part) => Buffer.byteLength(part) <= MAX_PART_BYTES);
}

/** What is wrong with `part` as a name on disk, or undefined. */
function flawOf(part: string): string | undefined {
  if (part === '' || part === '.') return 'has an empty part';
  if (part === '..') return 'leaves its folder';
  if (FORBIDDEN.test(part)) return 'has a character that not every system allows';
  if (INVISIBLE.test(part)) return 'has an invisible character that can disguise a name';
  if (/[. ]$/.test(part) || part.startsWith(' ')) return 'starts with a space or ends with a dot or a space';
  if (RESERVED.test(part)) return 'is reserved on Windows';
  if (Buffer.byteLength(part) > MAX_PART_BYTES) return 'is too long';
  return undefined;
}

/**
 * A publisher's file name as a safe relative path with `/`. Leading `../`, which modctl can write, are taken
 * off, as Docker Model Runner does.
 * @throws ModelError `unsupported-artifact` for every other name that is not one.
 */
export function safeFileName(name: string): string {
  const relative = name.replace(/^(?:\.\.?\/)+/, '').normalize('NFC');
  if (!FLAWED.test(relative) && isShort(relative)) return relative;
  const flaws = relative.startsWith('/') ? ['is an absolute path'] : relative.split('/').map(flawOf);
  const flaw =
    Buffer.byteLength(relative) > MAX_BYTES ? 'is too long' : flaws.find((found) => found !== undefined);
  if (flaw === undefined) return relative;
  throw unsupported(
    `has a file named ${quoted(name, 100)}, which ${flaw}`,
    'Ask its publisher to rename the file',
  );
}

/** The last part of a path with `/`. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** What two names have in common when a disk cannot tell them apart. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
