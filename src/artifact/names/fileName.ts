/**
 * Checks file names from publishers. They become paths on this machine, whatever its system, so a name that any of
 * Linux, macOS and Windows would not take as a plain relative path is refused.
 */
import { type Localized, t } from '../../base/l10n.ts';
import { quoted } from '../../base/text.ts';
import { unsupported } from '../unsupported.ts';

/** Names that Windows reserves for devices, with any extension and with spaces before it. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:\.|$)/i;
/** Characters that Windows refuses, and control characters. */
const FORBIDDEN = /[\p{Cc}<>:"|?*\\]/u;
/**
 * Characters without a shape (bidirectional marks, joiners, variation selectors, line separators). With them a name can
 * pose as another, and two names can look the same.
 */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Longest part of a path, in bytes, and longest path. */
const MAX_PART_BYTES = 200;
const MAX_BYTES = 1024;

/**
 * Matches any flaw of any part in one pass over the path, which stays fast for thousands of names. Only the lengths of
 * parts are not covered.
 */
const FLAWED =
  /(?:^|\/)(?:\.{0,2}(?:\/|$)| |(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(?:[./]|$))|[. ](?:\/|$)|[\p{Cc}<>:"|?*\\\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/iu;

/** Returns true if a path and its parts are short enough. */
function isShort(path: string): boolean {
  // A UTF-16 code unit takes at most three bytes in UTF-8.
  if (path.length * 3 <= MAX_PART_BYTES) return true;
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PART_BYTES) return true;
  return bytes <= MAX_BYTES && path.split('/').every((part) => Buffer.byteLength(part) <= MAX_PART_BYTES);
}

/** Returns the flaw of `part` as a name on disk, as in “… cannot be used: `…`”, or undefined if there is none. */
function flawOf(part: string): Localized | undefined {
  if (part === '' || part === '.') return t('it has an empty part');
  if (part === '..') return t('it leaves its folder');
  if (FORBIDDEN.test(part)) return t('it has a character that not every system allows');
  if (INVISIBLE.test(part)) return t('it has an invisible character that can disguise a name');
  if (/[. ]$/.test(part) || part.startsWith(' '))
    return t('it starts with a space or ends with a dot or a space');
  if (RESERVED.test(part)) return t('it is reserved on Windows');
  if (Buffer.byteLength(part) > MAX_PART_BYTES) return t('it is too long');
  return undefined;
}

/**
 * Returns a publisher's file name as a safe relative path with `/`. Leading `../`, which modctl can write, is stripped,
 * as in Docker Model Runner.
 * @throws ModelError `unsupported-artifact` for any other unsafe name.
 */
export function safeFileName(name: string): string {
  const relative = name.replace(/^(?:\.\.?\/)+/, '').normalize('NFC');
  if (!FLAWED.test(relative) && isShort(relative)) return relative;
  const flaws = relative.startsWith('/') ? [t('it is an absolute path')] : relative.split('/').map(flawOf);
  const flaw =
    Buffer.byteLength(relative) > MAX_BYTES
      ? t('it is too long')
      : flaws.find((found) => found !== undefined);
  if (flaw === undefined) return relative;
  throw unsupported(
    t(
      'This artifact has a file named {0}, which cannot be used: {1}. Ask its publisher to rename the file.',
      quoted(name, 100),
      flaw,
    ),
  );
}

/** Returns the last part of a path with `/`. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/**
 * Maps names that some disk cannot tell apart to the same key. Disks compare upper case or folded case, which puts more
 * letters together than lower case does: both small sigmas, `ſ` and `s`.
 */
export function nameKey(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
