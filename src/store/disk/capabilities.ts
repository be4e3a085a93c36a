/**
 * Copes with operations that some file systems refuse (network drives, FUSE, exFAT). After its first refusal, which is
 * logged, an operation is skipped on that file system.
 */
import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';

/** An operation that a file system may refuse. */
export type Capability = 'folder-sync' | 'file-sync' | 'times' | 'modes' | 'links';

/** Codes of refused flushes. 9p and gVisor: EACCES. sshfs, old CIFS: EBADF. FUSE: ENOSYS, EPERM. CIFS: EINVAL. */
const NO_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF', 'ENOSYS', 'EACCES', 'EPERM'];

/**
 * Codes of failed hard links on a file system without them (exFAT, some network drives) or across a mount. EISDIR is
 * Node's name for ERROR_INVALID_FUNCTION of Windows.
 */
export const NO_HARD_LINK = [
  'EPERM',
  // Android, and some rules of SELinux. If the folder is not writable, the copy that follows fails with it again.
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EMLINK',
  'EINVAL',
  'EISDIR',
  'UNKNOWN',
];

/** Error codes with which a file system refuses an operation, as opposed to failing at it. */
const REFUSALS: Readonly<Record<Capability, readonly string[]>> = {
  'folder-sync': [...NO_SYNC, 'EISDIR'],
  'file-sync': NO_SYNC,
  times: ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'],
  modes: ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'],
  // On Windows these two say that the name is of a file that is just being deleted.
  links: NO_HARD_LINK.filter((code) => process.platform !== 'win32' || !['EPERM', 'EACCES'].includes(code)),
};

const MISSING: Readonly<Record<Capability, string>> = {
  'folder-sync': 'cannot bring the names in a folder to the disk on demand',
  'file-sync': 'cannot bring a file to the disk on demand',
  times: 'does not let the time of a file be set',
  modes: 'does not let a file be made read-only',
  links: 'has no hard links',
};

/** Refused operations, by capability and device. */
const refused = new Set<string>();
const logs = new Set<Log>();

/** Logs each refusal from now on. Returns a function that stops this. */
export function tellRefusals(log: Log): () => void {
  logs.add(log);
  return () => logs.delete(log);
}

/** Tells whether the file system of `path` refused an operation before. */
export function isRefused(capability: Capability, path: string): boolean {
  return refused.size > 0 && refused.has(keyOf(capability, path));
}

/**
 * Runs `operation` unless the file system of `path` refused it before.
 * @returns true if it was done.
 * @throws the file system's error as it is, unless it is a refusal.
 */
export async function withCapability(
  capability: Capability,
  path: string,
  operation: () => Promise<unknown>,
): Promise<boolean> {
  if (isRefused(capability, path)) return false;
  try {
    await operation();
    return true;
  } catch (error) {
    if (!REFUSALS[capability].includes(systemErrorCode(error) ?? '')) throw error;
    note(capability, path, error);
    return false;
  }
}

function note(capability: Capability, path: string, error: unknown): void {
  const key = keyOf(capability, path);
  if (refused.has(key)) return;
  refused.add(key);
  const message = `The file system of ${dirname(path)} ${MISSING[capability]} (${systemErrorCode(error)}), so this is done without.`;
  for (const log of logs) log.info(message);
}

function keyOf(capability: Capability, path: string): string {
  // A file that was just renamed is gone, but its folder still exists.
  const device = deviceOf(path) ?? deviceOf(dirname(path)) ?? '';
  return `${capability} ${device}`;
}

function deviceOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.dev;
}

/**
 * `f_type` (statfs(2)) of file systems that may give the same files new inodes with each mount: FAT, exFAT, FUSE, SMB in
 * its three versions, 9p, and the shared folders of VirtualBox and VMware.
 */
const RENUMBERING = new Set([
  0x4d44, 0x2011bab0, 0x65735546, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x786f4256, 0xbacbacbc,
]);

/**
 * Tells whether a file keeps its inode as long as it exists. Systems other than Linux do not report the kind of a file
 * system as a number, so their native file systems are assumed, which keep inodes.
 * @throws the file system's error as it is.
 */
export async function hasStableInodes(folder: string): Promise<boolean> {
  return process.platform !== 'linux' || !RENUMBERING.has((await statfs(folder)).type >>> 0);
}
