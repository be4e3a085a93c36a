/**
 * Paths in archives. A member's path is relative to the archive's root, with `/`, and so is what a symbolic link
 * points to relative to its own folder.
 */

/** Bytes of a path. */
const MAX_PATH_BYTES = 4096;

/** A path that stays below the root, or what is wrong with it. */
export type MemberPath = { readonly path: string } | { readonly flaw: string };

/**
 * A member's path without `./` and empty parts; `''` is the root itself.
 * Absolute paths, drives, backslashes, NUL, `..` and text that is no UTF-8 are flaws.
 */
export function memberPath(raw: string): MemberPath {
  if (Buffer.byteLength(raw) > MAX_PATH_BYTES) return { flaw: 'has a path that is too long' };
  if (raw.includes('\0') || raw.includes('\uFFFD')) return { flaw: 'has a path that is no text' };
  if (raw.startsWith('/')) return { flaw: 'has an absolute path' };
  if (raw.includes('\\') || /^[A-Za-z]:/.test(raw)) return { flaw: 'has a path of Windows' };
  const parts = raw.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? { flaw: 'leaves its folder' } : { path: parts.join('/') };
}

/**
 * Where a symbolic link at `path` points to, below the root; undefined where that is outside.
 * @param isImage whether the archive is a file system of its own, so that an absolute target is below its root.
 */
export function linkTarget(path: string, target: string, isImage: boolean): string | undefined {
  const isAbsolute = target.startsWith('/');
  if (target.includes('\0') || target.includes('\\') || (isAbsolute && !isImage)) return undefined;
  const parts = isAbsolute ? [] : path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return undefined;
      parts.pop();
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
