/** A GGUF out of an archive: no more of the disk than the file, and no more memory than a plain pull. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Contender, ours } from '../support/contenders.ts';
import type { Scenario, Target } from '../support/scenario.ts';

/** Milliseconds between two looks at the disk. */
const LOOK_MS = 20;

/** Bytes that all files below a folder take on the disk, each file once. */
async function diskBytes(folder: string): Promise<number> {
  const seen = new Set<number>();
  let bytes = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    // What goes while it is looked at takes nothing.
    const status = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (status === undefined || !status.isFile() || seen.has(status.ino)) continue;
    seen.add(status.ino);
    bytes += status.blocks * 512;
  }
  return bytes;
}

/** The contender, with a look at its folder all the time. */
function watched(contender: Contender, onPeak: (bytes: number) => void): Contender {
  return async (folder) => {
    let peak = 0;
    const running = contender(folder);
    let ended = false;
    const end = (): void => {
      ended = true;
    };
    running.then(end, end);
    while (!ended) {
      peak = Math.max(peak, await diskBytes(folder));
      await delay(LOOK_MS);
    }
    onPeak(peak);
    return running;
  };
}

export const unpack: Scenario = {
  name: 'unpack',
  title: 'a GGUF in an archive, on loopback',
  diskBytes: ({ size }) => 5 * size,
  async prepare(world, { size }) {
    const sources = {
      plain: await world.model(size),
      tar: await world.archivedModel(size, 'tar'),
      'tar+zstd': await world.archivedModel(size, 'tar+zstd'),
      'tar+gzip': await world.archivedModel(size, 'tar+gzip'),
    };
    const peaks = new Map<string, number>();
    const contenders = Object.entries(sources).map(([name, source]) => {
      const onPeak = (bytes: number): void => void peaks.set(name, Math.max(bytes, peaks.get(name) ?? 0));
      return [name, watched(ours(source), onPeak)] as const;
    });
    return {
      contenders: Object.fromEntries(contenders),
      targets: (rows): Target[] =>
        Object.keys(sources).flatMap((name): Target[] => [
          {
            what: `peak disk, ${name}, in sizes of the GGUF`,
            value: (peaks.get(name) ?? Number.NaN) / size,
            limit: 1.1,
            bound: 'at most',
            unit: ' ×',
          },
          {
            what: `peak memory, ${name}`,
            value: (rows[name]?.peakRss.median ?? Number.NaN) / 1e6,
            limit: 200,
            bound: 'at most',
            unit: ' MB',
          },
        ]),
    };
  },
};
