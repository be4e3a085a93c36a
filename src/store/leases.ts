/**
 * Leases: `leases/<id>.json` names content that a running process needs although no reference does yet, and
 * `leases/<id>.lock` says that the process lives (see lock.ts). What is leased is not removed by anybody.
 *
 * Leases are taken, and looked at before content is removed, under the store's lock: what is there when a
 * lease was taken stays there.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import { digestSchema } from '../oci/descriptor.ts';
import { parseDigest } from '../oci/digest.ts';
import { guarded, ifPresent, namesIn } from './files.ts';
import type { Layout } from './layout.ts';
import { FileLock, lockHolder } from './lock.ts';

/** Keeps content from being removed while its process lives. */
export interface Lease {
  /**
   * Leases more.
   * @throws ModelError `store-busy`, `store-error`, `disk-full`, `reference-invalid` for what is no digest.
   */
  add(digests: Iterable<string>): Promise<void>;
  /** Gives everything back. May be called twice. */
  release(): Promise<void>;
}

/**
 * Milliseconds without a heartbeat after which a lease does not count. On this machine the process itself is
 * looked for, so this is about other machines that share the folder, and longer than a laptop sleeps overnight.
 */
const STALE_MS = 24 * 60 * 60 * 1000;
/** Bytes of a lease that are read: a hundred thousand digests. */
const MAX_BYTES = 16 * 1024 * 1024;

const leaseSchema = z.object({ digests: z.array(digestSchema) });

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
   * @param locked how {@link Lease.add} takes the store's lock.
   */
  async take(
    digests: Iterable<string>,
    locked: (change: () => Promise<void>) => Promise<void>,
  ): Promise<Lease> {
    const { leases } = this.#layout;
    await guarded('created', leases, () => mkdir(leases, { recursive: true }));
    const path = join(leases, randomUUID());
    const lock = await FileLock.acquire(`${path}.lock`, { subject: 'a lease of content', now: this.#now });
    const lease = new FileLease(`${path}.json`, lock, locked);
    try {
      await lease.write(digests);
      return lease;
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  /**
   * All digests that live processes lease; undefined where a live one's cannot be read, so that nothing may
   * be removed. The caller has the store's lock.
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

  /** Removes the files of processes that died. The caller has the store's lock. */
  async removeDead(): Promise<void> {
    for (const id of await this.#ids()) {
      if (await this.#isLive(id)) continue;
      const path = join(this.#layout.leases, id);
      await guarded('removed', path, async () => {
        await rm(`${path}.json`, { force: true });
        await rm(`${path}.lock`, { force: true });
      });
    }
  }

  async #ids(): Promise<string[]> {
    const names = await namesIn(this.#layout.leases);
    return [...new Set(names.map((name) => name.replace(/\.(json|lock)$/, '')))];
  }

  async #isLive(id: string): Promise<boolean> {
    const path = join(this.#layout.leases, `${id}.lock`);
    const holder = await guarded('read', path, () => lockHolder(path, { now: this.#now, staleMs: STALE_MS }));
    return holder !== undefined;
  }

  async #read(id: string): Promise<string[] | undefined> {
    const path = join(this.#layout.leases, `${id}.json`);
    return guarded('read', path, async () => {
      const status = await ifPresent(stat(path));
      // Taken a moment ago without the store's lock is not possible: no file means that nothing was leased.
      if (status === undefined) return [];
      if (status.size > MAX_BYTES) return undefined;
      const text = (await ifPresent(readFile(path, 'utf8'))) ?? '{"digests":[]}';
      try {
        return leaseSchema.safeParse(JSON.parse(text)).data?.digests;
      } catch {
        return undefined; // the caller says so
      }
    });
  }
}

class FileLease implements Lease {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #locked: (change: () => Promise<void>) => Promise<void>;
  readonly #digests = new Set<string>();

  constructor(path: string, lock: FileLock, locked: (change: () => Promise<void>) => Promise<void>) {
    this.#path = path;
    this.#lock = lock;
    this.#locked = locked;
  }

  async add(digests: Iterable<string>): Promise<void> {
    const more = [...digests].filter((digest) => !this.#digests.has(digest));
    if (more.length > 0) await this.#locked(() => this.write(more));
  }

  /** The caller has the store's lock, so nobody reads the file meanwhile. */
  async write(digests: Iterable<string>): Promise<void> {
    const all = new Set([...this.#digests, ...digests]);
    for (const digest of all) parseDigest(digest);
    await this.#lock.assertHeld();
    await guarded('written', this.#path, () =>
      writeFile(this.#path, `${JSON.stringify({ digests: [...all] })}\n`),
    );
    for (const digest of digests) this.#digests.add(digest);
  }

  async release(): Promise<void> {
    await guarded('removed', this.#path, async () => {
      await this.#lock.release();
      await rm(this.#path, { force: true });
    });
  }
}
