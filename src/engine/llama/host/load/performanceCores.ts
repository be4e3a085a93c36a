/**
 * The fast cores of a processor that has slow ones, too. llama.cpp knows those of Apple and, on Linux, of Intel; on
 * Linux with ARM (big.LITTLE) it takes all of them, and each token waits for the slowest.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Part of the fastest core's capacity from which a core counts as fast. Middle cores have 0.7 to 0.9, small ones below 0.5. */
const FAST = 0.65;
const PROCESSORS = '/sys/devices/system/cpu';

/**
 * Counts the fast cores after the capacities that Linux tells
 * (https://docs.kernel.org/scheduler/sched-capacity.html): each core's in units of 1/1024 of the fastest one's.
 * @returns undefined if the system tells none.
 */
export function performanceCores(folder = PROCESSORS): number | undefined {
  const capacities = readCapacities(folder);
  const most = Math.max(...capacities);
  return capacities.length === 0
    ? undefined
    : capacities.filter((capacity) => capacity >= FAST * most).length;
}

function readCapacities(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => Number(readFileSync(join(folder, name, 'cpu_capacity'), 'utf8')))
      .filter((capacity) => capacity > 0);
  } catch {
    return []; // Other systems, and processors with equal cores.
  }
}
