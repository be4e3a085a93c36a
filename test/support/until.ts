/** Waiting for what another process, a timer or the system does. */
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds after which something hangs, however busy the machine is. */
const PATIENCE_MS = 60_000;

/** Resolves as soon as `condition` holds. @throws Error if it does not within a minute. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > PATIENCE_MS)
      throw new Error(`Not within ${PATIENCE_MS} ms: ${condition}`);
    await delay(2);
  }
}
