/**
 * `npm run bench:pull`: pulls against curl and skopeo on this machine.
 *
 *   npm run bench:pull -- [--only loopback,capped] [--runs 5] [--size 1024] [--json FILE]
 *
 * `--size` is in MiB and is the large layer's. Programs take turns in one run; figures are medians, and noise is the
 * distance between the fastest and the slowest run as a part of the median. Nothing is dropped from the page cache:
 * the registry serves from memory, as a fast server would, and what each program wrote is deleted and written out
 * before the next one starts. This is no test: it measures, and ends with 1 where a target is missed.
 */
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DOCKER_REGISTRY, ensurePrograms, SKOPEO } from '../scripts/support/debian.ts';
import { capped, latency, perConnection } from './scenarios/lines.ts';
import { local } from './scenarios/local.ts';
import { loopback } from './scenarios/loopback.ts';
import { memory } from './scenarios/memory.ts';
import { unpack } from './scenarios/unpack.ts';
import { ensureBundle } from './support/bundle.ts';
import { TIME } from './support/measure.ts';
import { formatOutcome, toJson } from './support/report.ts';
import { type Outcome, runScenario, type Scenario, type Settings } from './support/scenario.ts';
import { World } from './support/world.ts';

const SCENARIOS: readonly Scenario[] = [loopback, capped, perConnection, latency, memory, local, unpack];
const MIB = 1024 * 1024;
/** Bytes that are left alone on the disk. */
const MARGIN_BYTES = 1024 * MIB;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '5' },
    size: { type: 'string', default: '1024' },
    json: { type: 'string' },
  },
});

function atLeastOne(name: 'runs' | 'size'): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} takes a number from 1 on, and not “${values[name]}”.`);
}

function chosen(): readonly Scenario[] {
  if (values.only === undefined) return SCENARIOS;
  return values.only.split(',').map((name) => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario !== undefined) return scenario;
    throw new Error(
      `There is no scenario “${name}”; there are ${SCENARIOS.map((one) => one.name).join(', ')}.`,
    );
  });
}

async function requireDisk(scenarios: readonly Scenario[], settings: Settings): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  // Models stay in the registry until the end, so all scenarios count.
  const needed = scenarios.reduce((sum, one) => sum + one.diskBytes(settings), MARGIN_BYTES);
  if (bavail * bsize >= needed) return;
  const gib = (bytes: number): string => (bytes / 1024 / MIB).toFixed(1);
  throw new Error(
    `${gib(needed)} GiB of disk are needed in ${tmpdir()}, and ${gib(bavail * bsize)} are free. Take a smaller --size.`,
  );
}

const settings: Settings = { runs: atLeastOne('runs'), size: atLeastOne('size') * MIB };
const scenarios = chosen();
await ensurePrograms([DOCKER_REGISTRY, SKOPEO, TIME, { program: 'curl', package: 'curl' }]);
await requireDisk(scenarios, settings);
await ensureBundle();
const folder = await mkdtemp(join(tmpdir(), 'oci-models-bench-'));
let world: World | undefined;
/** Ends the registry and gives the disk back. */
async function cleanUp(): Promise<void> {
  await world?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}
const outcomes: Outcome[] = [];
try {
  world = await World.start(folder);
  for (const scenario of scenarios) {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const outcome = await runScenario(scenario, world, settings, say);
    outcomes.push(outcome);
    process.stdout.write(`\n${formatOutcome(outcome)}\n\n`);
  }
} finally {
  await cleanUp();
}
if (values.json !== undefined) await writeFile(values.json, toJson(outcomes, settings));
process.exitCode = outcomes.every(({ targets }) => targets.every(({ met }) => met)) ? 0 : 1;
