/**
 * Safe paths in archives. A member's path is relative to the archive's root and uses `/`; the target of a symbolic
 * link is relative to the link's own folder.
 */
import type { MemberFlaw } from './archiveErrors.ts';

/** Bytes of a path. */
const MAX_PATH_BYTES = 4096;

/** A path that stays below the root, or what is wrong with it. */
export type MemberPath = { readonly path: string } | { readonly flaw: MemberFlaw };

/**
 * Returns a member's path without `./` and empty parts; `''` is the root itself.
 * Absolute paths, drives, backslashes, NUL, `..` and invalid UTF-8 are flaws.
 */
export function memberPath(raw: string): MemberPath {
  if (Buffer.byteLength(raw) > MAX_PATH_BYTES) return { flaw: 'long-path' };
  if (raw.includes('\0') || raw.includes('\uFFFD')) return { flaw: 'not-text' };
  if (raw.startsWith('/')) return { flaw: 'absolute-path' };
  if (raw.includes('\\') || /^[A-Za-z]:/.test(raw)) return { flaw: 'windows-path' };
  const parts = raw.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? { flaw: 'outside' } : { path: parts.join('/') };
}

/**
 * Returns the path, below the root, to which a symbolic link at `path` points, or undefined if that is outside or
 * longer than any path.
 * @param isImage whether the archive is a file system of its own, in which an absolute target begins at its root.
 */
export function linkTarget(path: string, target: string, isImage: boolean): string | undefined {
  if (Buffer.byteLength(target) > MAX_PATH_BYTES) return undefined;
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
