/** Collects garbage at a good time: a while after the start, and once a day across all processes. */
import * as z from 'zod';
import { isModelError } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import type { Log } from '../../base/log.ts';
import { repeat } from '../../base/repeat.ts';
import { writeAtomically } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { findSmall, jsonFile } from '../disk/smallFile.ts';
import { collectGarbage, type GarbageReport } from './garbage.ts';
import type { StoreParts } from './storeParts.ts';

/** Milliseconds between two collections. */
const EVERY_MS = 24 * 60 * 60 * 1000;
/** Milliseconds after the start before a window first checks, because it has more urgent work until then. */
const DELAY_MS = 3 * 60 * 1000;
/** Milliseconds between two checks. */
const LOOK_MS = 60 * 60 * 1000;

const STAMP = jsonFile(z.object({ collectedAt: z.iso.datetime() }), ['{"collectedAt":'], 4096);

/** Time of the last collection by this process, if a foreign file has the stamp's name; milliseconds since 1970. */
const unstamped = new WeakMap<Layout, number>();

/**
 * Collects garbage if no process did so within a day, and if the store's lock is free.
 * @returns undefined if it was not due.
 * @throws ModelError `store-busy`, `store-error`, `disk-full`, `cancelled`.
 */
export async function collectGarbageDaily(
  parts: StoreParts,
  signal?: AbortSignal,
): Promise<GarbageReport | undefined> {
  const isDue = await parts.locked(() => claim(parts), { waitMs: 0, signal });
  return isDue ? collectGarbage(parts, { signal, waitMs: 0 }) : undefined;
}

/** Records that this process collects now. Returns false if another one did. The caller has the store's lock. */
async function claim({ layout, now, log }: StoreParts): Promise<boolean> {
  const found = await findSmall(layout.housekeeping, STAMP);
  const last = found.state === 'ours' ? Date.parse(found.value.collectedAt) : unstamped.get(layout);
  // A time far in the future comes from a wrong clock. Collection is due then, and if the stamp is missing or damaged.
  if (last !== undefined && Math.abs(now() - last) < EVERY_MS) return false;
  if (found.state === 'foreign') {
    if (last === undefined)
      log.warn(`Each window tidies up the model store by itself, because ${found.error.message}`);
    unstamped.set(layout, now());
    return true;
  }
  const stamp = { collectedAt: new Date(now()).toISOString() };
  await writeAtomically(layout.housekeeping, `${JSON.stringify(stamp)}\n`, layout.temporary());
  return true;
}

/** The part of a store that {@link startHousekeeping} needs. */
export interface Housekept {
  collectGarbageDaily(signal?: AbortSignal): Promise<GarbageReport | undefined>;
}

export interface HousekeepingOptions {
  /** Milliseconds until the first check. Defaults to three minutes. */
  readonly delayMs?: number | undefined;
  /** Milliseconds between two checks. Defaults to an hour. */
  readonly lookMs?: number | undefined;
}

/**
 * Collects garbage now and then until it is disposed of. Failures are only logged, because nobody asked for this.
 * @param store opens the store; called at the first check.
 */
export function startHousekeeping(
  store: () => Promise<Housekept>,
  log: Log,
  options: HousekeepingOptions = {},
): { dispose(): void } {
  const { delayMs = DELAY_MS, lookMs = LOOK_MS } = options;
  return repeat((signal) => look(store, log, signal), { delayMs, everyMs: lookMs });
}

async function look(store: () => Promise<Housekept>, log: Log, signal: AbortSignal): Promise<void> {
  try {
    const report = await (await store()).collectGarbageDaily(signal);
    if (report === undefined) return;
    const { freedBytes, blobs, ingests, temporary } = report;
    log.info(
      `Tidied up the model store: ${formatBytes(freedBytes)} are free again (${blobs} contents, ${ingests} stopped downloads, ${temporary} leftovers).`,
    );
  } catch (error) {
    if (isModelError(error, 'cancelled')) return;
    // Busy with a pull or another window; the next check is soon enough.
    if (isModelError(error, 'store-busy')) log.debug(`The model store is tidied up later: ${error.message}`);
    else log.warn(`The model store was not tidied up: ${String(error)}`);
  }
}
