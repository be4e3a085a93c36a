/** Garbage collection at a good time: a while after the start, and once a day across all processes. */
import { z } from 'zod';
import { isModelError } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import type { Log } from '../../base/log.ts';
import { writeAtomically } from '../disk/files.ts';
import type { Layout } from '../disk/layout.ts';
import { findSmall, jsonFile } from '../disk/smallFile.ts';
import { collectGarbage, type GarbageReport } from './garbage.ts';
import type { StoreParts } from './storeParts.ts';

/** Milliseconds between two collections. */
const EVERY_MS = 24 * 60 * 60 * 1000;
/** Milliseconds after the start until a window first thinks of it: it has better things to do by then. */
const DELAY_MS = 3 * 60 * 1000;
/** Milliseconds between two looks whether it is time. */
const LOOK_MS = 60 * 60 * 1000;

const STAMP = jsonFile(z.object({ collectedAt: z.iso.datetime() }), ['{"collectedAt":'], 4096);

/** When this process collected, if something else has the name of the stamp; milliseconds since 1970. */
const unstamped = new WeakMap<Layout, number>();

/**
 * Collects garbage where no process did so in the last day, and the store's lock is free.
 * @returns undefined where it was not time.
 * @throws ModelError `store-busy`, `store-error`, `disk-full`, `cancelled`.
 */
export async function collectGarbageDaily(
  parts: StoreParts,
  signal?: AbortSignal,
): Promise<GarbageReport | undefined> {
  const isDue = await parts.locked(() => claim(parts), { waitMs: 0, signal });
  return isDue ? collectGarbage(parts, { signal, waitMs: 0 }) : undefined;
}

/** Writes down that this process collects now; false where another one did. The caller has the store's lock. */
async function claim({ layout, now, log }: StoreParts): Promise<boolean> {
  const found = await findSmall(layout.housekeeping, STAMP);
  const last = found.state === 'ours' ? Date.parse(found.value.collectedAt) : unstamped.get(layout);
  // A time of the future comes from a clock that was wrong. With none yet, or a damaged one, it is time.
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

/** What {@link startHousekeeping} needs of a store. */
export interface Housekept {
  collectGarbageDaily(signal?: AbortSignal): Promise<GarbageReport | undefined>;
}

export interface HousekeepingOptions {
  /** Milliseconds until the first look; three minutes where absent. */
  readonly delayMs?: number | undefined;
  /** Milliseconds between two looks; an hour where absent. */
  readonly lookMs?: number | undefined;
}

/**
 * Collects garbage now and then until it is disposed of. Failures go to the log: nobody asked for this.
 * @param store is called when it is time for the first look.
 */
export function startHousekeeping(
  store: () => Promise<Housekept>,
  log: Log,
  options: HousekeepingOptions = {},
): { dispose(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const plan = (ms: number): void => {
    timer = setTimeout(async () => {
      await look(store, log, controller.signal);
      if (!controller.signal.aborted) plan(options.lookMs ?? LOOK_MS);
    }, ms);
    timer.unref();
  };
  plan(options.delayMs ?? DELAY_MS);
  return {
    dispose(): void {
      controller.abort();
      clearTimeout(timer);
    },
  };
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
    // Busy with a pull or another window: the next look is soon enough.
    if (isModelError(error, 'store-busy')) log.debug(`The model store is tidied up later: ${error.message}`);
    else log.warn(`The model store was not tidied up: ${String(error)}`);
  }
}
