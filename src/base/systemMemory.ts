/** The main memory of this machine, or of the container that this process runs in. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';

/** Main memory, in bytes. */
export interface SystemMemory {
  /** Memory that programs can take now without anything being swapped out. */
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** Milliseconds. */
const VM_STAT_TIMEOUT_MS = 2_000;
/** Longest output of vm_stat that is read, in characters. */
const MAX_OUTPUT = 64 * 1024;

/** Returns the bytes that this process may use: the machine's memory, or the limit of its container. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return limit > 0 && limit < total ? limit : total;
}

/** Reads the current state. Never fails: falls back to what Node.js knows if the system does not say. */
export async function systemMemory(): Promise<SystemMemory> {
  const totalBytes = totalMemoryBytes();
  // On Linux this is MemAvailable or the rest of a control group's limit; on Windows the available memory.
  const known = process.availableMemory() + (totalBytes < totalmem() ? await groupCacheBytes() : 0);
  // On macOS it counts only free pages, and that system keeps almost all memory in use as a cache.
  const reported = process.platform === 'darwin' ? parseVmStat(await vmStat()) : undefined;
  return { availableBytes: Math.min(reported ?? known, totalBytes), totalBytes };
}

/**
 * Returns the bytes of files that a control group has in its cache. The kernel counts them as used, but takes them back
 * before it refuses anything; after a model was read, most of a container's memory can be such a cache.
 */
async function groupCacheBytes(): Promise<number> {
  const groups = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  for (const path of groupStatPaths(groups)) {
    const stat = await readFile(path, 'utf8').catch(() => undefined);
    if (stat !== undefined) return parseGroupCache(stat);
  }
  return 0;
}

/** Returns where the memory of this process's group may be told: version 2, then version 1 (proc(5), cgroups(7)). */
export function groupStatPaths(groups: string): string[] {
  const lines = groups.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  const paths = lines.flatMap((match) => {
    const [, controllers = '', group = ''] = match ?? [];
    const folder = group === '/' ? '' : group;
    if (controllers.split(',').includes('memory')) return [`/sys/fs/cgroup/memory${folder}/memory.stat`];
    return match !== null && controllers === '' ? [`/sys/fs/cgroup${folder}/memory.stat`] : [];
  });
  // In a container the path is often that of the host, while its own group is mounted as the root.
  return [...paths, '/sys/fs/cgroup/memory.stat', '/sys/fs/cgroup/memory/memory.stat'];
}

/** Returns the bytes of cached files. Version 1 tells those of the groups below as `total_…`. */
export function parseGroupCache(stat: string): number {
  const value = (key: string): number =>
    Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)?.[1] ?? Number.NaN);
  const cache = (prefix: string): number => value(`${prefix}inactive_file`) + value(`${prefix}active_file`);
  return cache('total_') || cache('') || 0;
}

/** Returns the output of macOS's vm_stat, or an empty text if it cannot be run. */
function vmStat(): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: VM_STAT_TIMEOUT_MS, maxBuffer: MAX_OUTPUT };
    execFile('/usr/bin/vm_stat', options, (error, stdout) => resolve(error === null ? stdout : ''));
  });
}

/** Pages that macOS can reuse without writing anything: free, inactive, speculative and purgeable ones. */
const AVAILABLE_PAGES = /^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)\.$/gm;

/** Returns the available bytes, or undefined if `output` is not vm_stat's. */
export function parseVmStat(output: string): number | undefined {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(output)?.[1]);
  const pages = [...output.matchAll(AVAILABLE_PAGES)].map(([, count]) => Number(count));
  if (!(pageBytes > 0) || pages.length === 0) return undefined;
  return pages.reduce((total, count) => total + count, 0) * pageBytes;
}
