/**
 * Locks between processes. Node has no flock, so a lock is a file that only one process can create (O_EXCL).
 *
 * The file says who holds it: process id, host, start of the process, and a random id. The holder sets the
 * file's time every two seconds. A lock is stale, and may be taken over, when its process is gone on this
 * host or when its time is ten seconds old. A holder that slept longer (a suspended laptop) notices at its
 * next heartbeat, or when it asks, that the file has another id.
 */
import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { cancelledError, ModelError, systemErrorCode, throwIfCancelled } from '../base/error.ts';
import { fileError, ifPresent } from './files.ts';

export interface LockOptions {
  /** What is locked, as in “`the download of sha256:…` is in use”. */
  readonly subject: string;
  /** Milliseconds to wait for another holder; 0, and no waiting, where absent. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds between heartbeats; 2000 where absent. */
  readonly heartbeatMs?: number | undefined;
  /** Milliseconds without a heartbeat after which a lock is stale; 10 000 where absent. */
  readonly staleMs?: number | undefined;
}

const ownerSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Milliseconds since 1970. */
  processStartedAt: z.number(),
  id: z.string(),
});

type Owner = z.infer<typeof ownerSchema>;

const PROCESS_STARTED_AT = Date.now() - process.uptime() * 1000;
/** Milliseconds by which two looks at one process's start may differ. */
const START_TOLERANCE_MS = 5000;
const POLL_MS = 25;

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
   * @throws ModelError `store-busy` when a live process has it, `cancelled`, `store-error`, `disk-full`.
   */
  static async acquire(path: string, options: LockOptions): Promise<FileLock> {
    const id = randomUUID();
    const deadline = performance.now() + (options.waitMs ?? 0);
    for (;;) {
      throwIfCancelled(options.signal);
      if (await create(path, id, options.now ?? Date.now)) return new FileLock(path, id, options);
      if (await removeIfStale(path, options)) continue;
      if (performance.now() >= deadline) throw busyError(options.subject);
      await pause(options.signal);
    }
  }

  /** Whether another process took this lock over. Known at the latest one heartbeat after it happened. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Looks whether this process still has the lock. @throws ModelError `store-busy` where it does not. */
  async assertHeld(): Promise<void> {
    const owner = await readOwner(this.path);
    if (owner?.id !== this.#id) this.#lost = true;
    if (this.#lost) throw this.lostError();
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
    const owner = await readOwner(this.path);
    if (owner?.id === this.#id) await rm(this.path, { force: true });
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
      await utimes(this.path, seconds, seconds);
    } catch {
      // A heartbeat that fails once is made up by the next one. When none gets through, the lock grows stale
      // and its next owner's id is what this process reads.
    }
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
      const owner: Owner = { pid: process.pid, host: hostname(), processStartedAt: PROCESS_STARTED_AT, id };
      await handle.writeFile(JSON.stringify(owner));
      await handle.utimes(now() / 1000, now() / 1000);
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

/** Who holds the lock at `path`; undefined where there is none, or its file is not readable yet. */
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await ifPresent(readFile(path, 'utf8'));
  if (text === undefined || text.length > 4096) return undefined;
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // created by another process that has not written it yet
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true; // cannot be known: its heartbeat decides
  // The same id in a restarted container: another process, which had started at another time.
  if (owner.pid === process.pid) {
    return Math.abs(owner.processStartedAt - PROCESS_STARTED_AT) < START_TOLERANCE_MS;
  }
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** When a lock counts as stale. */
export type Staleness = Pick<LockOptions, 'now' | 'staleMs'>;

function isStale(owner: Owner | undefined, mtimeMs: number, { now = Date.now, staleMs }: Staleness): boolean {
  return now() - mtimeMs > (staleMs ?? 10_000) || (owner !== undefined && !isAlive(owner));
}

/**
 * Whether somebody holds the lock at `path`: this process, another one, or nobody who is alive.
 * @throws the error of the file system, but for a lock that is not there.
 */
export async function lockHolder(
  path: string,
  staleness: Staleness = {},
): Promise<'this-process' | 'another' | undefined> {
  const status = await ifPresent(stat(path));
  if (status === undefined) return undefined;
  const owner = await readOwner(path);
  if (isStale(owner, status.mtimeMs, staleness)) return undefined;
  return owner?.pid === process.pid && owner.host === hostname() ? 'this-process' : 'another';
}

/** Removes the lock at `path` when it is stale; true where another try to create it makes sense. */
async function removeIfStale(path: string, options: LockOptions): Promise<boolean> {
  const status = await ifPresent(stat(path));
  if (status === undefined) return true;
  const owner = await readOwner(path);
  if (!isStale(owner, status.mtimeMs, options)) return false;
  // Two processes may find the same stale lock. Moving it aside first tells who was faster: the other one
  // sees that it moved a lock with a new id, and puts that back.
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    return systemErrorCode(error) === 'ENOENT';
  }
  const moved = await readOwner(aside);
  if (moved?.id !== owner?.id) {
    // When this fails, a third process has a lock already, and the second one notices its loss.
    await link(aside, path).catch(() => undefined);
  }
  await rm(aside, { force: true });
  return true;
}
