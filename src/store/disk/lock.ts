/**
 * Locks between processes. Node has no flock, so a lock is a file that only one process can create. It is written under
 * a name of its own and then linked, so that a process that is killed leaves a lock that names it, or none. On a file
 * system without links it is created with O_EXCL and then written.
 *
 * The file names its holder (lockOwner.ts), who updates its modification time every two seconds. A lock is stale, and
 * may be taken over, if its process is gone. A live process on this machine keeps its lock, however long it was
 * suspended. For other machines and PID namespaces the heartbeat decides: the lock is stale if its time is ten seconds
 * old and does not change while it is observed for five, so that a clock step makes no lock stale. A holder that slept
 * longer than that notices, at its next heartbeat or check, that the file has another id.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { link, lstat, open, rename, rm, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledError, type ModelError, systemErrorCode, throwIfCancelled } from '../../base/error.ts';
import { isTooManyFiles } from '../../base/openFiles.ts';
import { isRefused, withCapability } from './capabilities.ts';
import { fileError, guarded, ifPresent, removeFile } from './files.ts';
import { UUID } from './layout.ts';
import { busyError, type LockSubject, lostError } from './lockErrors.ts';
import {
  isThisProcess,
  type LockOwner,
  lifeOf,
  OWNER_BEGINNING,
  ownerText,
  parseOwner,
} from './lockOwner.ts';
import { fileStatus, isFree, NO_FOLLOW } from './ownFiles.ts';
import { findSmall, readSmall, type SmallFile } from './smallFile.ts';

export interface LockOptions {
  /** The resource that is locked, for errors. */
  readonly subject: LockSubject;
  /** Milliseconds to wait for another holder. Defaults to 0, and no waiting. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds between heartbeats. Defaults to 2000. */
  readonly heartbeatMs?: number | undefined;
  /** Milliseconds without a heartbeat after which a lock may be stale. Defaults to 10 000. */
  readonly staleMs?: number | undefined;
  /** Milliseconds for which such a lock must be seen unchanged. Defaults to 5000, two and a half heartbeats. */
  readonly confirmMs?: number | undefined;
}

const POLL_MS = 25;
/** Attempts to remove a released lock, over about an hour, and the longest wait between two in milliseconds. */
const REMOVALS = 70;
const MAX_REMOVAL_MS = 60_000;
/** The largest lock file that is read, in bytes. */
const MAX_BYTES = 4096;
/** The kind of file that a lock is. An empty one was created by a process that has not written it yet. */
export const LOCK: SmallFile<LockOwner> = {
  isBeginning: (text) => text.startsWith(OWNER_BEGINNING) || OWNER_BEGINNING.startsWith(text),
  parse: parseOwner,
  maxBytes: MAX_BYTES,
};
/** Milliseconds without a heartbeat after which a process with the right id is assumed to be a different one. */
const LIKELY_STALE_MS = 60 * 60 * 1000;

/** A lock that this process holds until {@link release}. */
export class FileLock {
  readonly path: string;
  readonly #id: string;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #subject: LockSubject;
  #lost = false;
  #released = false;

  private constructor(path: string, id: string, options: LockOptions) {
    this.path = path;
    this.#id = id;
    this.#subject = options.subject;
    this.#now = options.now ?? Date.now;
    this.#timer = setInterval(() => void this.#beat(), options.heartbeatMs ?? 2000);
    this.#timer.unref();
  }

  /**
   * Takes the lock at `path`, whose folder exists.
   * @throws ModelError `store-busy` if a live process has it, `cancelled`, `disk-full`, `store-error`, also if there is
   * something other than a lock.
   */
  static async acquire(path: string, options: LockOptions): Promise<FileLock> {
    const id = randomUUID();
    const deadline = performance.now() + (options.waitMs ?? 0);
    for (;;) {
      throwIfCancelled(options.signal);
      if (await create(path, id, options.now ?? Date.now)) return new FileLock(path, id, options);
      const state = await removeIfStale(path, options);
      if (state === 'removed') continue;
      // A lock that looks stale is observed until that is certain, even beyond the time to wait.
      if (state === 'held' && performance.now() >= deadline) throw busyError(options.subject);
      await pause(options.signal);
    }
  }

  /** True after another process took this lock over; known one heartbeat later at the latest. */
  get lost(): boolean {
    return this.#lost;
  }

  /**
   * Tells whether this process still has the lock. Reads synchronously, in microseconds, so that little can happen
   * between the check and the caller's next step.
   * @throws ModelError `store-error` if the lock cannot be read.
   */
  async isHeld(): Promise<boolean> {
    if (this.#released) return false;
    if (!this.#lost && readOwnerNow(this.path)?.id !== this.#id) this.#lost = true;
    return !this.#lost;
  }

  /** Tells whether another path leads to this very lock. @throws ModelError `store-error`. */
  async isAlsoAt(path: string): Promise<boolean> {
    return (await readOwner(path))?.id === this.#id;
  }

  /** @throws ModelError `store-busy` if another process took this lock over. */
  async assertHeld(): Promise<void> {
    if (!(await this.isHeld())) throw this.lostError();
  }

  /** Returns the error of a lock that was lost. */
  lostError(): ModelError {
    return lostError(this.#subject);
  }

  /**
   * Releases the lock. May be called twice. If the disk refuses, or is away, that is tried again in the background,
   * because the lock keeps other processes out as long as this one lives; what it protected is done either way.
   */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#timer);
    // Also if it is lost: a drive that went away may bring it back.
    if (!(await this.#remove(() => this.#ownerAtRelease()))) this.#removeLater(POLL_MS);
  }

  /** @returns false if it is not there or cannot be removed. */
  async #remove(ownerId: () => Promise<string | undefined>): Promise<boolean> {
    try {
      const id = await ownerId();
      if (id === this.#id) await removeFile(this.path);
      return id !== undefined;
    } catch {
      return false; // tried again
    }
  }

  #removeLater(ms: number, tries = REMOVALS): void {
    const remove = async (): Promise<void> => {
      const isRemoved = await this.#remove(async () => (await readOwner(this.path))?.id);
      if (!isRemoved && tries > 1) this.#removeLater(Math.min(2 * ms, MAX_REMOVAL_MS), tries - 1);
    };
    setTimeout(() => void remove(), ms).unref();
  }

  /** Reads the owner, and assumes this process if too many files stay open. */
  async #ownerAtRelease(): Promise<string | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        return readOwnerNow(this.path)?.id;
      } catch (error) {
        if (!isTooManyFiles(error)) throw error;
        if (attempt === 20) return this.#id;
        await delay(POLL_MS);
      }
    }
  }

  async #beat(): Promise<void> {
    try {
      const owner = await readOwner(this.path);
      if (this.#released) return;
      if (owner?.id !== this.#id) {
        this.#lost = true;
        clearInterval(this.#timer);
        return;
      }
      const seconds = this.#now() / 1000;
      const isSet = await withCapability('times', this.path, () => utimes(this.path, seconds, seconds));
      if (!isSet) await rewrite(this.path, this.#id);
    } catch {
      // The next heartbeat makes up for one that fails. If all fail, the lock becomes stale, and this process reads the
      // id of its next owner.
    }
  }
}

/** Updates the time of a lock by rewriting it, for file systems that refuse to set times. */
async function rewrite(path: string, id: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR | NO_FOLLOW);
  try {
    const text = ownerText(id);
    if ((await handle.readFile('utf8')) === text) await handle.write(text, 0);
  } finally {
    await handle.close();
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw cancelledError(error);
  }
}

/** Creates the lock. @returns false if there already is one. */
async function create(path: string, id: string, now: () => number): Promise<boolean> {
  try {
    // A lock that is held is found with one call.
    if (!(await isFree(path))) return false;
    if (isRefused('links', path)) return await write(path, id, now);
    const own = besideLock(path);
    await write(own, id, now);
    try {
      if (await withCapability('links', path, () => link(own, path))) return true;
    } catch (error) {
      // The holder of the lock tidied up the folder, or even removed it, which the next try reports.
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    } finally {
      await removeFile(own);
    }
    return await write(path, id, now);
  } catch (error) {
    const code = systemErrorCode(error);
    // Windows answers EPERM while a deleted lock file is still open somewhere.
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw fileError(error, 'created', path);
  }
}

/** Writes a new file that names this process. @throws the file system's error as it is, EEXIST if there is a file. */
async function write(path: string, id: string, now: () => number): Promise<true> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(ownerText(id));
    const seconds = now() / 1000;
    await withCapability('times', path, () => handle.utimes(seconds, seconds));
    return true;
  } catch (error) {
    // On a full disk an empty lock would keep everybody out until it is stale.
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Returns a new name beside a lock, for one that is not a lock yet or not any more. */
function besideLock(path: string): string {
  return `${path}.${randomUUID()}`;
}

/** Tells whether a name is one beside a lock, which a process leaves behind if it is killed in between. */
export function isBesideLock(name: string): boolean {
  const [, id] = /(?:^|\.)lock\.([^.]*)$/.exec(name) ?? [];
  return id !== undefined && UUID.test(id);
}

/**
 * Reads the owner of the lock at `path`. Returns undefined if there is none, or its file is not yet written or foreign.
 * @throws ModelError `store-error`.
 */
async function readOwner(path: string): Promise<LockOwner | undefined> {
  return readSmall(path, LOCK);
}

/** Reads the owner synchronously, as {@link readOwner} does. */
function readOwnerNow(path: string): LockOwner | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | NO_FOLLOW);
    if (!fstatSync(fd).isFile()) return undefined;
    const buffer = Buffer.alloc(MAX_BYTES);
    return parseOwner(buffer.toString('utf8', 0, readSync(fd, buffer, 0, MAX_BYTES, 0)));
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw fileError(error, 'read', path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The limits by which a lock counts as stale. */
export type Staleness = Pick<LockOptions, 'now' | 'staleMs' | 'confirmMs'>;

/** The state in which locks were first seen and since when, by path; milliseconds of a monotonic clock. */
const observed = new Map<string, { readonly state: string; readonly since: number }>();
/** The most locks that are remembered. */
const MAX_OBSERVED = 10_000;

/** Returns the milliseconds for which this process has seen a lock unchanged. */
function unchangedFor(path: string, owner: LockOwner | undefined, mtimeMs: number): number {
  const state = `${owner?.id} ${mtimeMs}`;
  const before = observed.get(path);
  if (before?.state === state) return performance.now() - before.since;
  if (observed.size >= MAX_OBSERVED) observed.clear();
  observed.set(path, { state, since: performance.now() });
  return 0;
}

/** `doubtful`: it looks stale, and has to be observed a little longer. */
type State = 'held' | 'doubtful' | 'stale';

function stateOf(path: string, owner: LockOwner | undefined, mtimeMs: number, options: Staleness): State {
  const life = owner === undefined ? 'unknown' : lifeOf(owner);
  if (life === 'dead') return 'stale';
  // A thread of this process may have ended without releasing its locks; another process counts as a whole.
  if (life === 'alive' && owner !== undefined && !isThisProcess(owner)) return 'held';
  const staleMs = life === 'likely' ? LIKELY_STALE_MS : (options.staleMs ?? 10_000);
  const age = (options.now ?? Date.now)() - mtimeMs;
  const unchanged = unchangedFor(path, owner, mtimeMs);
  // A time in the future comes from another clock, so only the observation counts.
  if (age < -staleMs && unchanged > staleMs) return 'stale';
  if (age <= staleMs) return 'held';
  return unchanged >= (options.confirmMs ?? 5000) ? 'stale' : 'doubtful';
}

/**
 * Tells who holds the lock at `path`: this process, another one, or undefined if its holder is not alive. If only the
 * heartbeat can tell, a stale lock is recognized at a second call.
 * @throws ModelError `store-error`.
 */
export async function lockHolder(
  path: string,
  staleness: Staleness = {},
): Promise<'this-process' | 'another' | undefined> {
  const status = await fileStatus(path);
  if (status === undefined) return undefined;
  const owner = await readOwner(path);
  if (stateOf(path, owner, Number(status.mtimeMs), staleness) === 'stale') return undefined;
  return owner !== undefined && isThisProcess(owner) ? 'this-process' : 'another';
}

/** Tells whether a file is a lock, even one that a power failure damaged. */
export async function isLockFile(path: string): Promise<boolean> {
  return ['ours', 'damaged'].includes((await findSmall(path, LOCK)).state);
}

/** Removes the lock at `path` if it is stale. */
async function removeIfStale(path: string, options: LockOptions): Promise<'removed' | 'held' | 'doubtful'> {
  const status = await guarded('read', path, () => ifPresent(lstat(path, { bigint: true })));
  if (status === undefined) return 'removed';
  const found = await findSmall(path, LOCK);
  if (found.state === 'foreign') throw found.error;
  const owner = found.state === 'ours' ? found.value : undefined;
  const state = stateOf(path, owner, Number(status.mtimeMs), options);
  if (state !== 'stale') return state;
  // Two processes may find the same stale lock. Therefore it is moved aside first: the slower process sees that it
  // moved a lock with a new id, and puts it back.
  const aside = besideLock(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'removed';
    throw fileError(error, 'removed', path);
  }
  const moved = await findSmall(aside, LOCK);
  const id = moved.state === 'ours' ? moved.value.id : undefined;
  let isBack = false;
  if (id !== owner?.id || moved.state === 'foreign') {
    // If this fails, a third process already has a lock, and the second one notices its loss.
    isBack = await link(aside, path).then(
      () => true,
      () => false,
    );
  }
  if (isBack || moved.state !== 'foreign') await rm(aside, { force: true });
  observed.delete(path);
  return 'removed';
}
