/** The main memory of this machine, or of the container that this process is in. */
import { execFile } from 'node:child_process';
import { totalmem } from 'node:os';

/** Bytes. */
export interface SystemMemory {
  /** What programs may take now without anything being moved to the disk. */
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** Milliseconds. */
const VM_STAT_TIMEOUT_MS = 2_000;
/** Characters of what vm_stat says. */
const MAX_OUTPUT = 64 * 1024;

/** Bytes that this process may use: the machine's memory, or less in a container. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return limit > 0 && limit < total ? limit : total;
}

/** What is there now. Never fails: what a system does not tell is taken from what Node knows. */
export async function systemMemory(): Promise<SystemMemory> {
  const totalBytes = totalMemoryBytes();
  // On Linux this is MemAvailable or what is left of a control group's limit, on Windows the available memory.
  const known = process.availableMemory();
  // On macOS it is only what nobody uses at all, and that system keeps almost everything in use as a cache.
  const reported = process.platform === 'darwin' ? parseVmStat(await vmStat()) : undefined;
  return { availableBytes: Math.min(reported ?? known, totalBytes), totalBytes };
}

/** What macOS's vm_stat says; an empty text where it cannot be started. */
function vmStat(): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: VM_STAT_TIMEOUT_MS, maxBuffer: MAX_OUTPUT };
    execFile('/usr/bin/vm_stat', options, (error, stdout) => resolve(error === null ? stdout : ''));
  });
}

/** Pages that macOS gives away without writing anything: free, inactive, speculative and purgeable ones. */
const AVAILABLE_PAGES = /^Pages (?:free|inactive|speculative|purgeable):\s+(\d+)\.$/gm;

/** Bytes that are available; undefined where `output` is not vm_stat's. */
export function parseVmStat(output: string): number | undefined {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(output)?.[1]);
  const pages = [...output.matchAll(AVAILABLE_PAGES)].map(([, count]) => Number(count));
  if (!(pageBytes > 0) || pages.length === 0) return undefined;
  return pages.reduce((total, count) => total + count, 0) * pageBytes;
}
