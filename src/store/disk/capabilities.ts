/**
 * Details that some file systems refuse: network drives, FUSE, exFAT. Each is tried once for a file system, and done
 * without from then on, with a line in the log.
 */
import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';

/** Something that may be refused. */
export type Capability = 'folder-sync' | 'file-sync' | 'times' | 'modes';

/** 9p and gVisor: EACCES. sshfs, old CIFS: EBADF. FUSE: ENOSYS, EPERM. CIFS: EINVAL. */
const NO_SYNC = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF', 'ENOSYS', 'EACCES', 'EPERM'];

/** How a file system says that it has no such operation, and not that this one failed. */
const REFUSALS: Readonly<Record<Capability, readonly string[]>> = {
  'folder-sync': [...NO_SYNC, 'EISDIR'],
  'file-sync': NO_SYNC,
  times: ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'],
  modes: ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'],
};

const MISSING: Readonly<Record<Capability, string>> = {
  'folder-sync': 'cannot bring the names in a folder to the disk on demand',
  'file-sync': 'cannot bring a file to the disk on demand',
  times: 'does not let the time of a file be set',
  modes: 'does not let a file be made read-only',
};

/** Of file systems, by capability and device. */
const refused = new Set<string>();
const logs = new Set<Log>();

/** Tells `log` of each refusal from now on; returns what ends that. */
export function tellRefusals(log: Log): () => void {
  logs.add(log);
  return () => logs.delete(log);
}

/**
 * Does `operation` unless the file system of `path` refused it before.
 * @returns whether it was done.
 * @throws the file system's error, as it came, if that is no refusal.
 */
export async function withCapability(
  capability: Capability,
  path: string,
  operation: () => Promise<unknown>,
): Promise<boolean> {
  if (refused.size > 0 && refused.has(keyOf(capability, path))) return false;
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
  // A file that was just renamed has its folder still.
  const device = deviceOf(path) ?? deviceOf(dirname(path)) ?? '';
  return `${capability} ${device}`;
}

function deviceOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.dev;
}

/**
 * `f_type` (statfs(2)) of file systems that may number the same files anew with each mount: FAT, exFAT, FUSE, SMB in its
 * three versions, 9p, and the shared folders of VirtualBox and VMware.
 */
const RENUMBERING = new Set([
  0x4d44, 0x2011bab0, 0x65735546, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x786f4256, 0xbacbacbc,
]);

/**
 * Tells whether a file keeps its inode as long as it is there. Systems other than Linux do not tell the kind of a file
 * system by number, so it is taken for one of theirs, which keep them.
 * @throws the file system's error, as it came.
 */
export async function hasStableInodes(folder: string): Promise<boolean> {
  return process.platform !== 'linux' || !RENUMBERING.has((await statfs(folder)).type >>> 0);
}
