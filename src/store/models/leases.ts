/**
 * Leases keep content from being removed: `leases/<id>.json` names content that a running process needs although no
 * reference does yet, and `leases/<id>.lock` says that the process is alive (see lock.ts).
 *
 * Leases are taken under the store's lock, and read under it before content is removed. So content that is present when
 * a lease is taken stays.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Log } from '../../base/log.ts';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import type { HeldLock } from '../content/heldLock.ts';
import { guarded, namesIn } from '../disk/files.ts';
import { type Layout, UUID } from '../disk/layout.ts';
import { FileLock, isLockFile, lockHolder } from '../disk/lock.ts';
import { isFree, makeFolder, NO_FOLLOW } from '../disk/ownFiles.ts';
import { findSmall, jsonFile, removeSmall, requireOwnSmall } from '../disk/smallFile.ts';

/** Keeps content from being removed while its process lives. */
export interface Lease {
  /**
   * Adds content to the lease.
   * @throws ModelError `store-busy`, `store-error`, `disk-full`, `reference-invalid` for an invalid digest.
   */
  add(digests: Iterable<string>): Promise<void>;
  /** Releases all content. May be called twice. */
  release(): Promise<void>;
}

/**
 * Milliseconds without a heartbeat after which a lease does not count. It applies to other machines that share the
 * folder, because on this one the process itself is checked, and is longer than a laptop sleeps overnight.
 */
const STALE_MS = 24 * 60 * 60 * 1000;
/** The largest lease that is read, in bytes: some hundred thousand digests. */
const MAX_BYTES = 16 * 1024 * 1024;

const LEASE = jsonFile(z.object({ digests: z.array(digestSchema) }), ['{"digests":['], MAX_BYTES);

/** The leases of one store. */
export class Leases {
  readonly #layout: Layout;
  readonly #log: Log;
  readonly #now: () => number;

  constructor(layout: Layout, log: Log, now: () => number) {
    this.#layout = layout;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Takes a lease. The caller has the store's lock.
   * @param locked takes the store's lock for {@link Lease.add}.
   */
  async take(
    digests: Iterable<string>,
    locked: (change: () => Promise<void>) => Promise<void>,
  ): Promise<Lease> {
    const { leases } = this.#layout;
    await makeFolder(this.#layout.root, leases);
    const path = join(leases, randomUUID());
    const lock = await FileLock.acquire(`${path}.lock`, { subject: { kind: 'lease' }, now: this.#now });
    const lease = new FileLease(`${path}.json`, { lock, locked, log: this.#log });
    try {
      await lease.write(digests);
      return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /**
   * Returns all digests that live processes lease, or undefined if one of their leases is unreadable, so that nothing
   * may be removed. The caller has the store's lock.
   */
  async digests(): Promise<Set<string> | undefined> {
    const leased = new Set<string>();
    for (const id of await this.#ids()) {
      if (!(await this.#isLive(id))) continue;
      const digests = await this.#read(id);
      if (digests === undefined) {
        this.#log.warn('No content is removed, because a running program’s lease of content cannot be read.');
        return undefined;
      }
      for (const digest of digests) leased.add(digest);
    }
    return leased;
  }

  /** Removes the leases of dead processes. The caller has the store's lock. */
  async removeDead(held: HeldLock): Promise<void> {
    for (const id of await this.#ids()) {
      if (await this.#isLive(id)) continue;
      const path = join(this.#layout.leases, id);
      // A file that is not a lease, and has no lock beside it, is not ours.
      const hasLock = await isLockFile(`${path}.lock`);
      if (!hasLock && !(await this.#isLoneLease(id))) continue;
      await held.step('remove-lease');
      await removeSmall(`${path}.json`, LEASE);
      if (hasLock) await guarded('removed', path, () => rm(`${path}.lock`, { force: true }));
    }
  }

  /** Tells whether there is a lease without a lock. */
  async #isLoneLease(id: string): Promise<boolean> {
    const path = join(this.#layout.leases, id);
    return (await isFree(`${path}.lock`)) && (await this.#read(id)) !== undefined;
  }

  async #ids(): Promise<string[]> {
    const names = await namesIn(this.#layout.leases);
    const ids = names.map((name) => name.replace(/\.(json|lock)$/, ''));
    return [...new Set(ids)].filter((id) => UUID.test(id));
  }

  async #isLive(id: string): Promise<boolean> {
    const path = join(this.#layout.leases, `${id}.lock`);
    const holder = await guarded('read', path, () => lockHolder(path, { now: this.#now, staleMs: STALE_MS }));
    return holder !== undefined;
  }

  /** Returns undefined if the file is not a lease. */
  async #read(id: string): Promise<string[] | undefined> {
    const found = await findSmall(join(this.#layout.leases, `${id}.json`), LEASE);
    // The file is written under the store's lock, so if it is missing nothing is leased yet.
    if (found.state === 'none') return [];
    return found.state === 'ours' ? found.value.digests : undefined;
  }
}

/** Parts of a {@link FileLease}. */
interface LeaseParts {
  readonly lock: FileLock;
  readonly locked: (change: () => Promise<void>) => Promise<void>;
  readonly log: Log;
}

class FileLease implements Lease {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #locked: LeaseParts['locked'];
  readonly #log: Log;
  readonly #digests = new Set<string>();

  constructor(path: string, { lock, locked, log }: LeaseParts) {
    this.#path = path;
    this.#lock = lock;
    this.#locked = locked;
    this.#log = log;
  }

  async add(digests: Iterable<string>): Promise<void> {
    const more = [...digests].filter((digest) => !this.#digests.has(digest));
    if (more.length > 0) await this.#locked(() => this.write(more));
  }

  /** Writes the file in place. The caller has the store's lock, so nobody reads it meanwhile. */
  async write(digests: Iterable<string>): Promise<void> {
    const all = new Set([...this.#digests, ...digests]);
    for (const digest of all) parseDigest(digest);
    await this.#lock.assertHeld();
    await requireOwnSmall(this.#path, LEASE);
    await guarded('written', this.#path, async () => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;
      const handle = await open(this.#path, flags, 0o644);
      try {
        await handle.writeFile(`${JSON.stringify({ digests: [...all] })}\n`);
      } finally {
        await handle.close();
      }
    });
    for (const digest of digests) this.#digests.add(digest);
  }

  /** Only logs a failure, because a lease without a lock keeps nothing, and garbage collection removes it. */
  async release(): Promise<void> {
    await this.#lock.release();
    try {
      await removeSmall(this.#path, LEASE);
    } catch (error) {
      this.#log.warn(`A lease of content stays until the next collection: ${String(error)}`);
    }
  }
}
