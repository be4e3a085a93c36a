/**
 * Locks between processes. Node has no flock, so a lock is a file that only one process can create (O_EXCL).
 *
 * The file says who holds it (lockOwner.ts) and the holder sets its time every two seconds. A lock is stale, and may be
 * taken over, when its process is gone; a process that lives on this machine keeps it, however long it was suspended.
 * Of other machines and PID namespaces the time decides: it is ten seconds old, and stays as it is while somebody looks
 * at it for five, so that a step of the clock makes no lock stale. A holder that slept longer notices at its next
 * heartbeat, or when it asks, that the file has another id.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { link, lstat, open, rename, rm, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledError, ModelError, systemErrorCode, throwIfCancelled } from '../../base/error.ts';
import { isTooManyFiles } from '../../base/openFiles.ts';
import { withCapability } from './capabilities.ts';
import { fileError, guarded, ifPresent, removeFile } from './files.ts';
import {
  isThisProcess,
  type LockOwner,
  lifeOf,
  OWNER_BEGINNING,
  ownerText,
  parseOwner,
} from './lockOwner.ts';
import { fileStatus, NO_FOLLOW } from './ownFiles.ts';
import { findSmall, readSmall, type SmallFile } from './smallFile.ts';

export interface LockOptions {
  /** What is locked, as in “`the download of sha256:…` is in use”. */
  readonly subject: string;
  /** Milliseconds to wait for another holder. Defaults to 0, and no waiting. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds between heartbeats. Defaults to 2000. */
  readonly heartbeatMs?: number | undefined;
  /** Milliseconds without a heartbeat after which a lock may be stale. Defaults to 10 000. */
  readonly staleMs?: number | undefined;
  /** Milliseconds for which nothing of it may change before it is. Defaults to 5000, two heartbeats and a half. */
  readonly confirmMs?: number | undefined;
}

const POLL_MS = 25;
/** Bytes of a lock that are read at most. */
const MAX_BYTES = 4096;
/** The file of a lock. One without a text was created by a process that has not written it yet. */
export const LOCK: SmallFile<LockOwner> = {
  isBeginning: (text) => text.startsWith(OWNER_BEGINNING) || OWNER_BEGINNING.startsWith(text),
  parse: parseOwner,
  maxBytes: MAX_BYTES,
};
/** Milliseconds without a heartbeat of a process that has the right id and cannot be told from another one. */
const LIKELY_STALE_MS = 60 * 60 * 1000;

/** A lock that this process holds until {@link release}. */
export class FileLock {
  readonly path: string;
  readonly #id: string;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #subject: string;
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
   * @throws ModelError `store-busy` when a live process has it, `cancelled`, `disk-full`, `store-error`, also if
   * something else than a lock is there.
   */
  static async acquire(path: string, options: LockOptions): Promise<FileLock> {
    const id = randomUUID();
    const deadline = performance.now() + (options.waitMs ?? 0);
    for (;;) {
      throwIfCancelled(options.signal);
      if (await create(path, id, options.now ?? Date.now)) return new FileLock(path, id, options);
      const state = await removeIfStale(path, options);
      if (state === 'removed') continue;
      // A lock that looks stale is looked at until that is sure, whatever the time to wait.
      if (state === 'held' && performance.now() >= deadline) throw busyError(options.subject);
      await pause(options.signal);
    }
  }

  /** Whether another process took this lock over. Known at the latest one heartbeat after it happened. */
  get lost(): boolean {
    return this.#lost;
  }

  /**
   * Looks whether this process still has the lock: some microseconds, so that nothing comes in between.
   * @throws ModelError `store-error` if that cannot be seen.
   */
  async isHeld(): Promise<boolean> {
    if (this.#released) return false;
    if (!this.#lost && readOwnerNow(this.path)?.id !== this.#id) this.#lost = true;
    return !this.#lost;
  }

  /** Tells whether this very lock is found at another path too. @throws ModelError `store-error`. */
  async isAlsoAt(path: string): Promise<boolean> {
    return (await readOwner(path))?.id === this.#id;
  }

  /** @throws ModelError `store-busy` if another process took this lock over. */
  async assertHeld(): Promise<void> {
    if (!(await this.isHeld())) throw this.lostError();
  }

  /** The error of a lock that was lost. */
  lostError(): ModelError {
    const message = `Another window or program took over ${this.#subject} while this one did not answer. Let it finish, or try again.`;
    return new ModelError('store-busy', message);
  }

  /** Gives the lock back. May be called twice. */
  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#timer);
    if (this.#lost || (await this.#ownerAtRelease()) !== this.#id) return;
    await guarded('removed', this.path, () => removeFile(this.path));
  }

  /** With all file handles in use, the lock is ours as far as anybody could know. */
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
      // A heartbeat that fails once is made up by the next one. When none gets through, the lock grows stale
      // and its next owner's id is what this process reads.
    }
  }
}

/** Writing a file sets its time too. */
async function rewrite(path: string, id: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR | NO_FOLLOW);
  try {
    const text = ownerText(id);
    if ((await handle.readFile('utf8')) === text) await handle.write(text, 0);
  } finally {
    await handle.close();
  }
}

function busyError(subject: string): ModelError {
  const message = `Another window or program is using ${subject}. Wait until it is finished, then try again.`;
  return new ModelError('store-busy', message, { retryable: true });
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw cancelledError(error);
  }
}

/** Creates the lock file; false where there is one already. */
async function create(path: string, id: string, now: () => number): Promise<boolean> {
  try {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(ownerText(id));
      const seconds = now() / 1000;
      await withCapability('times', path, () => handle.utimes(seconds, seconds));
    } catch (error) {
      // On a full disk: a lock that says nothing would keep everybody out until it is stale.
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    // Windows answers EPERM while a deleted lock file is still open somewhere.
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw fileError(error, 'created', path);
  }
}

/**
 * Who holds the lock at `path`; undefined if there is none, its file is not readable yet, or it is of somebody else.
 * @throws ModelError `store-error`.
 */
async function readOwner(path: string): Promise<LockOwner | undefined> {
  return readSmall(path, LOCK);
}

/** {@link readOwner} at once. */
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

/** When a lock counts as stale. */
export type Staleness = Pick<LockOptions, 'now' | 'staleMs' | 'confirmMs'>;

/** Since when locks are as they are, by path; milliseconds of a clock that only goes forward. */
const observed = new Map<string, { readonly state: string; readonly since: number }>();
/** Locks that are remembered at most. */
const MAX_OBSERVED = 10_000;

/** Milliseconds for which nothing of a lock changed, as far as this process looked. */
function unchangedFor(path: string, owner: LockOwner | undefined, mtimeMs: number): number {
  const state = `${owner?.id} ${mtimeMs}`;
  const before = observed.get(path);
  if (before?.state === state) return performance.now() - before.since;
  if (observed.size >= MAX_OBSERVED) observed.clear();
  observed.set(path, { state, since: performance.now() });
  return 0;
}

/** `doubtful`: it looks stale, and has to be looked at a little longer. */
type State = 'held' | 'doubtful' | 'stale';

function stateOf(path: string, owner: LockOwner | undefined, mtimeMs: number, options: Staleness): State {
  const life = owner === undefined ? 'unknown' : lifeOf(owner);
  if (life === 'dead') return 'stale';
  // A thread of this process may have ended without its locks; another process is asked as a whole.
  if (life === 'alive' && owner !== undefined && !isThisProcess(owner)) return 'held';
  const staleMs = life === 'likely' ? LIKELY_STALE_MS : (options.staleMs ?? 10_000);
  const age = (options.now ?? Date.now)() - mtimeMs;
  const unchanged = unchangedFor(path, owner, mtimeMs);
  // A time of the future is of another clock: then only what is seen counts.
  if (age < -staleMs && unchanged > staleMs) return 'stale';
  if (age <= staleMs) return 'held';
  return unchanged >= (options.confirmMs ?? 5000) ? 'stale' : 'doubtful';
}

/**
 * Who holds the lock at `path`: this process, another one, or undefined if it is nobody who is alive. Where only the
 * time can tell, that is sure at a second look.
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

/** Tells whether a file is a lock, be it one that a power failure damaged. */
export async function isLockFile(path: string): Promise<boolean> {
  return ['ours', 'damaged'].includes((await findSmall(path, LOCK)).state);
}

/** Removes the lock at `path` when it is stale. */
async function removeIfStale(path: string, options: LockOptions): Promise<'removed' | 'held' | 'doubtful'> {
  const status = await guarded('read', path, () => ifPresent(lstat(path, { bigint: true })));
  if (status === undefined) return 'removed';
  const found = await findSmall(path, LOCK);
  if (found.state === 'foreign') throw found.error;
  const owner = found.state === 'ours' ? found.value : undefined;
  const state = stateOf(path, owner, Number(status.mtimeMs), options);
  if (state !== 'stale') return state;
  // Two processes may find the same stale lock. Moving it aside first tells who was faster: the other one
  // sees that it moved a lock with a new id, and puts that back.
  const aside = `${path}.${randomUUID()}`;
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
    // When this fails, a third process has a lock already, and the second one notices its loss.
    isBack = await link(aside, path).then(
      () => true,
      () => false,
    );
  }
  if (isBack || moved.state !== 'foreign') await rm(aside, { force: true });
  observed.delete(path);
  return 'removed';
}
