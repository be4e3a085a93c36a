/** What a scenario of the benchmark is, and how it is run. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../scripts/support/process.ts';
import type { Contender, Run } from './contenders.ts';
import { type Spread, spread } from './statistics.ts';
import type { World } from './world.ts';

/** What can be asked for on the command line. */
export interface Settings {
  /** Runs of each contender. */
  readonly runs: number;
  /** Bytes of the layer that is called large; the others are a part or a multiple of it. */
  readonly size: number;
}

/** A figure and what it should be. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  /** Whether the figure should be at most, or at least, its limit. */
  readonly bound: 'at most' | 'at least';
  readonly unit: string;
}

/** The runs of one contender, in short. */
export interface Row {
  readonly name: string;
  /** Seconds. */
  readonly wall: Spread;
  /** Seconds. */
  readonly cpu: Spread;
  /** Bytes. */
  readonly peakRss: Spread;
  readonly runs: readonly Run[];
}

/** What a scenario sets up: contenders by name. */
export interface Stage {
  readonly contenders: Readonly<Record<string, Contender>>;
  /** Looks at all rows, by name. */
  targets(rows: Readonly<Record<string, Row>>): Target[] | Promise<Target[]>;
  close?(): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Bytes of disk that it needs, the registry's included. */
  diskBytes(settings: Settings): number;
  prepare(world: World, settings: Settings): Promise<Stage>;
}

export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly targets: readonly (Target & { readonly met: boolean })[];
}

export function isMet({ value, limit, bound }: Target): boolean {
  return bound === 'at most' ? value <= limit : value >= limit;
}

function row(name: string, runs: readonly Run[]): Row {
  const of = (pick: (run: Run) => number): Spread => spread(runs.map(pick));
  return {
    name,
    wall: of(({ cost }) => cost.wall),
    cpu: of(({ cost }) => cost.cpu),
    peakRss: of(({ cost }) => cost.peakRss),
    runs,
  };
}

/** The contenders take turns, each time another one first, so that the machine's moods meet all of them. */
export async function runScenario(
  scenario: Scenario,
  world: World,
  settings: Settings,
  say: (line: string) => void,
): Promise<Outcome> {
  const stage = await scenario.prepare(world, settings);
  try {
    const names = Object.keys(stage.contenders);
    const runs = new Map<string, Run[]>(names.map((name) => [name, []]));
    for (let round = 0; round < settings.runs; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(round + turn) % names.length] ?? '';
        const run = await runOnce(stage.contenders[name] as Contender, join(world.folder, 'run'));
        runs.get(name)?.push(run);
        say(`${scenario.name}, ${round + 1} of ${settings.runs}: ${name} ${run.cost.wall.toFixed(3)} s`);
      }
    }
    const rows = Object.fromEntries(names.map((name) => [name, row(name, runs.get(name) ?? [])]));
    const targets = await stage.targets(rows);
    return {
      name: scenario.name,
      title: scenario.title,
      rows: Object.values(rows),
      targets: targets.map((target) => ({ ...target, met: isMet(target) })),
    };
  } finally {
    await stage.close?.();
  }
}

async function runOnce(contender: Contender, folder: string): Promise<Run> {
  await mkdir(folder);
  try {
    return await contender(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    // What one run left to be written must not slow down the next one.
    await runProgram('sync', []);
  }
}
