/**
 * The cost of one model beside its answers: counts while it answers, a long line, a second window, and the delays of the
 * process that stands for the extension host.
 *
 *   node bench/engine/beside.ts --model FILE [--runs 5] [--threads T] [--json]
 *
 * Ratios are those of the same figure with and without; what is compared takes turns, and medians count.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { ProcessEngine } from '../../src/engine/index.ts';
import { spread } from '../support/statistics.ts';
import { userPath } from '../support/userPath.ts';
import { type BenchOptions, benchEngine, textOf } from './world.ts';

const ANSWER_TOKENS = 200;
const COUNTS = 50;
/** Characters of a text without spaces, which is the slowest for a vocabulary. */
const LINE = 'x=f(y);'.repeat(57_143);
const PROMPT_TOKENS = 1000;
const CONTEXT_TOKENS = 4096;

/** Returns the tokens a second of one answer. @param beside called at its first text, and awaited at its end. */
async function speedOf(engine: ProcessEngine, beside?: () => Promise<unknown>): Promise<number> {
  let first: number | undefined;
  let other: Promise<unknown> | undefined;
  const onPiece = (): void => {
    if (first !== undefined) return;
    first = performance.now();
    other = beside?.();
  };
  const { answerTokens } = await engine.complete(
    { prompt: `${Math.random()} Once upon a time`, maxTokens: ANSWER_TOKENS },
    { onPiece },
  );
  const ms = performance.now() - (first ?? 0);
  await other;
  return (answerTokens - 1) / (ms / 1000);
}

/** Returns the speed of the first as a part of the second's, from turns. */
async function compared(
  runs: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<number> {
  const ones: number[] = [];
  const others: number[] = [];
  for (let run = 0; run < runs; run++) {
    others.push(await other());
    ones.push(await one());
  }
  return spread(ones).median / spread(others).median;
}

/** Counts texts one after another, as the budget of a prompt does. None was counted before: counts are kept. */
async function countMany(engine: ProcessEngine): Promise<void> {
  const salt = Math.random();
  for (let index = 0; index < COUNTS; index++)
    await engine.count(`${salt} ${index} `.repeat(100) + 'const value = compute(left, right);\n'.repeat(40));
}

async function measureCounts(options: BenchOptions, runs: number) {
  await using world = await benchEngine(options);
  const { engine } = world;
  await speedOf(engine);
  const beside = await compared(
    runs,
    () => speedOf(engine, () => countMany(engine)),
    () => speedOf(engine),
  );
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await engine.count(`${run}${LINE}`);
    times.push(performance.now() - start);
  }
  return { speedBesideCounts: beside, longLineMs: spread(times).median };
}

/** Memory that is a process's own and its share of what others map too, in bytes. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) * 1024;
}

async function measureWindows(options: BenchOptions, runs: number) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-bench-doors-'));
  const doorFolder = join(folder, 'doors');
  try {
    await mkdir(doorFolder, { mode: 0o700 });
    await using one = await benchEngine({ ...options, doorFolder });
    await speedOf(one.engine);
    const alone = await memoryOf(one.engine.pid);
    await using two = await benchEngine({ ...options, doorFolder });
    if (two.engine.pid !== one.engine.pid) throw new Error('The windows have a process each.');
    await speedOf(two.engine);
    const both = await memoryOf(one.engine.pid);
    const socket = await compared(
      runs,
      () => speedOf(two.engine),
      () => speedOf(one.engine),
    );
    return { memoryOfTwoWindows: both / alone, speedOverSocket: socket };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureDelays(options: BenchOptions) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await using world = await benchEngine(options);
  await world.engine.complete({
    prompt: await textOf(world.engine, PROMPT_TOKENS),
    maxTokens: ANSWER_TOKENS,
  });
  delay.disable();
  return { delayP99Ms: delay.percentile(99) / 1e6, delayMaxMs: delay.max / 1e6 };
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (values.model === undefined) throw new Error('--model FILE is needed.');
const runs = Number(values.runs);
const threads = values.threads === undefined ? undefined : Number(values.threads);
const options = { model: userPath(values.model), threads, contextTokens: CONTEXT_TOKENS };
const result = {
  ...(await measureDelays(options)),
  ...(await measureCounts(options, runs)),
  ...(await measureWindows(options, runs)),
};
if (values.json) console.log(JSON.stringify(result));
else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(20)}${value.toFixed(3)}`);
