/**
 * Pulls one model as the extension does, and says what that took: the entry that others time from outside.
 *
 *   node bench/pull.ts REFERENCE --store FOLDER [--connections N] [--json]
 *
 * The product ships as bundles, so a bundle is what runs here; it is made where the sources are newer than it
 * (support/bundle.ts). Of the process, about 25 ms are Node itself, 25 ms are Node's reader of TypeScript, which this
 * file alone needs, and 40 ms are undici, zod and the code, compiled before; from the sources they would be 200 ms.
 *
 * Exits with 0 when the model is in the store, and with 1 and one sentence when it is not.
 */
import { parseArgs } from 'node:util';
import type { PullFigures } from './pullMain.ts';
import { loadBundle, THREADS } from './support/bundle.ts';

const USAGE = 'Usage: node bench/pull.ts REFERENCE --store FOLDER [--connections N] [--json]';

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readArguments(): { reference: string; store: string; connections?: number; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        store: { type: 'string' },
        connections: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [reference, ...more] = positionals;
    const { store, json } = values;
    if (reference === undefined || more.length > 0 || store === undefined) return fail(USAGE);
    if (values.connections === undefined) return { reference, store, json };
    const connections = Number(values.connections);
    if (!Number.isInteger(connections) || connections < 1)
      return fail(`--connections takes a number from 1 on, and not “${values.connections}”.`);
    return { reference, store, connections, json };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function line(figures: PullFigures): string {
  const { reference, bytes, fetchedBytes, ms, megabytesPerSecond, peakRssBytes } = figures;
  const mb = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  return [
    reference,
    `${mb(bytes)}, ${mb(fetchedBytes)} of them fetched`,
    `${(ms / 1000).toFixed(3)} s`,
    `${megabytesPerSecond.toFixed(0)} MB/s`,
    `CPU ${figures.cpuSeconds.toFixed(2)} s`,
    `peak memory ${mb(peakRssBytes)}`,
    `longest block of the event loop ${figures.longestBlockMs.toFixed(1)} ms`,
  ].join(' · ');
}

const { reference, store, connections, json } = readArguments();
const cancel = new AbortController();
process.once('SIGINT', () => cancel.abort());
const { measurePull } = await loadBundle();
const options = connections === undefined ? {} : { connections };
const outcome = await measurePull(reference, store, {
  ...options,
  threads: THREADS,
  signal: cancel.signal,
});
if ('error' in outcome) {
  if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  fail(outcome.error.message);
}
process.stdout.write(`${json ? JSON.stringify(outcome) : line(outcome)}\n`);
// Idle connections would keep the process for some seconds.
process.exit(0);
