/** Memory that does not grow with the size, and an event loop that is never held up. */
import { ours, type Run } from '../support/contenders.ts';
import type { Row, Scenario, Target } from '../support/scenario.ts';
import { spread } from '../support/statistics.ts';

function longestBlock(runs: readonly Run[]): number {
  return spread(runs.map(({ figures }) => figures?.longestBlockMs ?? Number.NaN)).median;
}

function targetsOf(name: string, { peakRss, runs }: Row): Target[] {
  return [
    {
      what: `peak memory, ${name}`,
      value: peakRss.median / 1e6,
      limit: 200,
      bound: 'at most',
      unit: ' MB',
    },
    {
      what: `longest block of the event loop, ${name}`,
      value: longestBlock(runs),
      limit: 20,
      bound: 'at most',
      unit: ' ms',
    },
  ];
}

export const memory: Scenario = {
  name: 'memory',
  title: 'peak memory, and the main thread, on loopback',
  diskBytes: ({ size }) => 3 * 4 * size + size,
  async prepare(world, { size }) {
    const once = await world.model(size);
    const fourfold = await world.model(4 * size);
    return {
      contenders: { 'ours, once the size': ours(once), 'ours, four times the size': ours(fourfold) },
      targets: (rows) => Object.entries(rows).flatMap(([name, row]) => targetsOf(name, row)),
    };
  },
};
