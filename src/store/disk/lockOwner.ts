/**
 * Identifies the holder of a lock, and tells whether its process is alive. A process id is only meaningful within its
 * PID namespace: containers, Flatpak and toolbox have their own on a machine of the same name. So a lock also records
 * the boot and the namespace, and if these differ only the heartbeat counts.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import * as z from 'zod';
import { systemErrorCode } from '../../base/error.ts';

const text = z.string().max(256);

const ownerSchema = z.object({
  pid: z.int().positive(),
  host: text,
  /** Milliseconds since 1970. */
  processStartedAt: z.number(),
  id: text,
  /** Id of the machine's last start (proc_sys_kernel(5)); absent on systems other than Linux. */
  boot: text.optional(),
  /** For example `pid:[4026531836]` (pid_namespaces(7)); absent on systems other than Linux. */
  pidNamespace: text.optional(),
  /** Start of the process in ticks since the boot (proc_pid_stat(5)), which no clock step changes. */
  startTicks: text.optional(),
});

export type LockOwner = z.infer<typeof ownerSchema>;

/** Milliseconds by which two measurements of a process's start may differ. */
const START_TOLERANCE_MS = 5000;

/** This process as its locks identify it. */
const SELF: Omit<LockOwner, 'id'> = {
  pid: process.pid,
  host: hostname(),
  processStartedAt: Date.now() - process.uptime() * 1000,
  ...optional('boot', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  ...optional('pidNamespace', () => readlinkSync('/proc/self/ns/pid')),
  ...optional('startTicks', () => processStat('self')?.startTicks),
};

function optional<K extends string>(key: K, read: () => string | undefined): { [key in K]?: string } {
  try {
    const value = read();
    return value === undefined ? {} : ({ [key]: value } as { [key in K]?: string });
  } catch {
    return {}; // not Linux, or /proc is not accessible
  }
}

/** The beginning of each lock's text, in this version and in older ones. */
export const OWNER_BEGINNING = '{"pid":';

/** Returns the text of a lock of this process. */
export function ownerText(id: string): string {
  return JSON.stringify({ ...SELF, id } satisfies LockOwner);
}

/** Parses the text of a lock. Returns undefined if it is not one, or is not yet complete. */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // created by another process that has not written it yet
  }
}

/** Tells whether this very process has the lock, in any of its threads. */
export function isThisProcess(owner: LockOwner): boolean {
  if (owner.pid !== SELF.pid || !isSameNamespace(owner)) return false;
  if (owner.startTicks !== undefined && SELF.startTicks !== undefined)
    return owner.startTicks === SELF.startTicks;
  return Math.abs(owner.processStartedAt - SELF.processStartedAt) < START_TOLERANCE_MS;
}

/**
 * Tells whether the owner's process runs. `unknown`: its id means nothing here. `likely`: a process with its id runs,
 * but may be a different one, because the system does not tell when it was started.
 */
export function lifeOf(owner: LockOwner): 'alive' | 'likely' | 'dead' | 'unknown' {
  if (!isSameNamespace(owner)) return 'unknown';
  // In a restarted container a different process may have the same id, but another start time.
  if (owner.pid === SELF.pid) return isThisProcess(owner) ? 'alive' : 'dead';
  if (!exists(owner.pid)) return 'dead';
  if (owner.startTicks === undefined)
    return owner.boot === undefined && SELF.boot === undefined ? 'likely' : 'unknown';
  const stat = readStat(owner.pid);
  if (stat === undefined) return 'likely';
  return stat.startTicks === owner.startTicks && !stat.isGone ? 'alive' : 'dead';
}

/** Compares boot and namespace, or the names of the machines if a lock of an older version has neither. */
function isSameNamespace(owner: LockOwner): boolean {
  if (owner.boot === undefined || SELF.boot === undefined) return owner.host === SELF.host;
  return owner.boot === SELF.boot && owner.pidNamespace === SELF.pidNamespace;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function readStat(pid: number): ReturnType<typeof processStat> {
  try {
    return processStat(String(pid));
  } catch {
    return undefined; // of another user, and /proc hides those
  }
}

/** Reads fields of proc_pid_stat(5). The name, in parentheses, may contain anything. */
function processStat(pid: string): { readonly startTicks: string; readonly isGone: boolean } | undefined {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined) return undefined;
  return { startTicks, isGone: state === 'Z' || state === 'X' };
}
