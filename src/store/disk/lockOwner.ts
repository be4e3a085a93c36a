/**
 * Who holds a lock, and whether that process lives. A process id means something only to those who share its PID
 * namespace: containers, Flatpak and toolbox have their own, under the same name of the machine. So a record has the
 * boot and the namespace too, and where these differ only the heartbeat counts.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { systemErrorCode } from '../../base/error.ts';

const text = z.string().max(256);

const ownerSchema = z.object({
  pid: z.int().positive(),
  host: text,
  /** Milliseconds since 1970. */
  processStartedAt: z.number(),
  id: text,
  /** Of the machine's last start (proc_sys_kernel(5)); absent on systems other than Linux. */
  boot: text.optional(),
  /** As in `pid:[4026531836]` (pid_namespaces(7)); absent on systems other than Linux. */
  pidNamespace: text.optional(),
  /** When the process was started, in ticks since the boot (proc_pid_stat(5)), which no clock step changes. */
  startTicks: text.optional(),
});

export type LockOwner = z.infer<typeof ownerSchema>;

/** Milliseconds by which two looks at one process's start may differ. */
const START_TOLERANCE_MS = 5000;

/** This process, as its locks tell of it. */
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
    return {}; // another system than Linux, or a /proc that is closed
  }
}

/** How the text of each lock begins, of this version and of older ones. */
export const OWNER_BEGINNING = '{"pid":';

/** The text of a lock of this process. */
export function ownerText(id: string): string {
  return JSON.stringify({ ...SELF, id } satisfies LockOwner);
}

/** Undefined for what is no record of a lock, or not a whole one yet. */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // created by another process that has not written it yet
  }
}

/** Tells whether this very process has the lock, in whichever thread. */
export function isThisProcess(owner: LockOwner): boolean {
  if (owner.pid !== SELF.pid || !isSameNamespace(owner)) return false;
  if (owner.startTicks !== undefined && SELF.startTicks !== undefined)
    return owner.startTicks === SELF.startTicks;
  return Math.abs(owner.processStartedAt - SELF.processStartedAt) < START_TOLERANCE_MS;
}

/**
 * Tells whether the owner's process runs: `unknown` if its id means nothing here. `likely` is a process with its id that
 * may be another one, because the system does not tell when that was started.
 */
export function lifeOf(owner: LockOwner): 'alive' | 'likely' | 'dead' | 'unknown' {
  if (!isSameNamespace(owner)) return 'unknown';
  // The same id in a restarted container: another process, which had started at another time.
  if (owner.pid === SELF.pid) return isThisProcess(owner) ? 'alive' : 'dead';
  if (!exists(owner.pid)) return 'dead';
  if (owner.startTicks === undefined)
    return owner.boot === undefined && SELF.boot === undefined ? 'likely' : 'unknown';
  const stat = readStat(owner.pid);
  if (stat === undefined) return 'likely';
  return stat.startTicks === owner.startTicks && !stat.isGone ? 'alive' : 'dead';
}

/** Records of older versions have no namespace: there the name of the machine has to do. */
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
    return undefined; // of another user, where /proc hides those
  }
}

/** Fields of proc_pid_stat(5): the name, in parentheses, may have anything in it. */
function processStat(pid: string): { readonly startTicks: string; readonly isGone: boolean } | undefined {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined) return undefined;
  return { startTicks, isGone: state === 'Z' || state === 'X' };
}
