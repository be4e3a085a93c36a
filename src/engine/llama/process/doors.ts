/** Where windows of one user find each other's processes: in a private folder with a short path. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROTOCOL_VERSION } from '../call.ts';
import type { Door } from '../calls/share.ts';

/** Longest path of a socket, in bytes: macOS allows 104 with the end. */
const MAX_SOCKET_PATH = 100;
const KEY_DIGITS = 24;

/**
 * Creates the folder: below the runtime directory of the session, which is private and short, or the temporary one.
 * @returns undefined if it belongs to somebody else or others may enter it.
 */
export function doorFolder(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const base = environment['XDG_RUNTIME_DIR'] || tmpdir();
  const folder = join(base, `oci-models-${process.getuid?.() ?? 'user'}`);
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    const status = lstatSync(folder);
    if (!status.isDirectory()) return undefined;
    if (process.getuid !== undefined && (status.uid !== process.getuid() || (status.mode & 0o077) !== 0))
      return undefined;
    return folder;
  } catch {
    return undefined;
  }
}

/**
 * Returns the door of the process that is started with `options`. Another version of the extension, another file and
 * other options have another one.
 * @returns undefined if the path would be too long.
 */
export function doorFor(folder: string, options: readonly unknown[]): Door | undefined {
  const text = JSON.stringify([PROTOCOL_VERSION, folder, ...options]);
  const key = createHash('sha256').update(text).digest('hex').slice(0, KEY_DIGITS);
  const tokenPath = join(folder, `${key}.key`);
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\oci-models-${key}`, tokenPath };
  const path = join(folder, `${key}.sock`);
  return Buffer.byteLength(path) > MAX_SOCKET_PATH ? undefined : { path, tokenPath };
}
