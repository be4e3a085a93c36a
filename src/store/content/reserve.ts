/**
 * Reserves disk space for removing models. Removing one writes a lock and a new index.json, which a full disk refuses
 * just when removing would help. Therefore the store keeps a file of a megabyte, `reserve`, and gives it up then.
 */
import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { isModelError, systemErrorCode } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { NO_HARD_LINK } from '../disk/capabilities.ts';
import type { Layout } from '../disk/layout.ts';
import { isFree, openRegular } from '../disk/ownFiles.ts';

/** Bytes, enough for an index.json of some thousand models and a few small files. */
const RESERVE_BYTES = 1024 * 1024;

/** Returns the beginning of the file, by which it is recognized. */
function beginning({ id }: Layout): string {
  return `Room for removing models of the store ${id}. This file makes way when the disk is full.\n`;
}

/** Makes the reserve if its name is free. The store works without it, so a failure is only logged. */
export async function keepReserve(layout: Layout, log: Log): Promise<void> {
  if (layout.id === undefined) return;
  const temporary = layout.temporary();
  try {
    if (!(await isFree(layout.reserve))) return;
    const text = Buffer.from(beginning(layout));
    // Random, because zeros take no room on a disk that compresses.
    const content = Buffer.concat([text, randomBytes(RESERVE_BYTES - text.length)]);
    await writeFile(temporary, content, { flag: 'wx' });
    await nameReserve(layout, temporary, content);
  } catch (error) {
    log.debug(`No room is reserved for removing models: ${String(error)}`);
  }
  await rm(temporary, { force: true }).catch(() => undefined); // garbage collection takes it
}

async function nameReserve({ reserve }: Layout, temporary: string, content: Buffer): Promise<void> {
  try {
    await link(temporary, reserve);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') return;
    if (!NO_HARD_LINK.includes(code)) throw error;
    await rm(temporary, { force: true });
    await writeFile(reserve, content, { flag: 'wx' });
  }
}

/** Removes the reserve if it is ours. */
async function giveWay(layout: Layout): Promise<void> {
  const handle = await openRegular(layout.reserve);
  if (handle === undefined) return;
  try {
    const text = Buffer.from(beginning(layout));
    const { buffer } = await handle.read(Buffer.alloc(text.length), 0, text.length, 0);
    if (layout.id !== undefined && buffer.equals(text)) await rm(layout.reserve, { force: true });
  } finally {
    await handle.close();
  }
}

/**
 * Runs `removal`. If the disk is full, gives up the reserve and runs it again.
 * @throws what `removal` throws.
 */
export async function withReserve<T>(layout: Layout, log: Log, removal: () => Promise<T>): Promise<T> {
  try {
    return await removal();
  } catch (error) {
    if (!isModelError(error, 'disk-full')) throw error;
    await giveWay(layout);
    const result = await removal();
    await keepReserve(layout, log);
    return result;
  }
}
