/**
 * Room for removal: to remove a model a lock and a new index.json are written, which a full disk refuses just when
 * removing is what helps. So the store keeps a file of a megabyte, `reserve`, that makes way then.
 */
import { randomBytes } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import { isModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import { ifPresent } from './files.ts';
import type { Layout } from './layout.ts';

/** Bytes: an index.json of some thousand models, and small files. */
const RESERVE_BYTES = 1024 * 1024;

/** Makes the reserve where it is missing. It is a help and not a need, so a failure is only logged. */
export async function keepReserve({ reserve }: Layout, log: Log): Promise<void> {
  try {
    const status = await ifPresent(stat(reserve));
    if (status?.size === RESERVE_BYTES) return;
    const handle = await open(reserve, 'w');
    try {
      // Random, because zeros take no room on a disk that compresses.
      await handle.writeFile(randomBytes(RESERVE_BYTES));
    } finally {
      await handle.close();
    }
  } catch (error) {
    log.debug(`No room is reserved for removing models: ${String(error)}`);
    await rm(reserve, { force: true }).catch(() => undefined); // a half one is made whole the next time
  }
}

/**
 * Runs `removal`, once more without the reserve where the disk is full.
 * @throws what `removal` throws.
 */
export async function withReserve<T>(layout: Layout, log: Log, removal: () => Promise<T>): Promise<T> {
  try {
    return await removal();
  } catch (error) {
    if (!isModelError(error, 'disk-full')) throw error;
    await rm(layout.reserve, { force: true });
    const result = await removal();
    await keepReserve(layout, log);
    return result;
  }
}
