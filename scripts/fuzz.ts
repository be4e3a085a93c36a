/**
 * `npm run fuzz [-- --seconds N] [-- --seed S]`: the tests that choose their inputs at random, with new seeds, for N
 * seconds (60 by default) or once with the given seed. A failure prints the command that repeats it.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { buildExtension } from '../esbuild.ts';
import { DOCKER_REGISTRY, ensurePrograms, OPENSSL } from './support/debian.ts';
import { filesThatContain } from './support/nodeTests.ts';
import { COMPILE_CACHE, ROOT } from './support/paths.ts';
import { runProgram } from './support/process.ts';

const DEFAULT_SECONDS = 60;

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
if (!Number.isFinite(seconds) || seconds <= 0) throw new Error('--seconds takes a number above 0.');

/** Runs every seeded test with one seed. */
async function round(files: readonly string[], seed: number): Promise<boolean> {
  const args = ['--test', '--test-reporter=dot', '--test-concurrency=2', ...files];
  const env = { ...process.env, OCI_MODELS_TEST_SEED: String(seed), NODE_COMPILE_CACHE: COMPILE_CACHE };
  const { code, output } = await runProgram(process.execPath, args, { cwd: ROOT, env });
  if (code === 0) return true;
  console.log(output);
  console.log(`Seed ${seed} failed. Repeat it with: npm run fuzz -- --seed ${seed}`);
  return false;
}

await ensurePrograms([DOCKER_REGISTRY, OPENSSL]);
await buildExtension();
const properties = await filesThatContain('test/unit/**/*.test.ts', '/fastCheck.ts');
// Servers, kills and several processes take some hundred times as long, so they come once in a while.
const scenarios = await filesThatContain('test/registry/*.test.ts', 'testSeed(');
const end = performance.now() + seconds * 1000;
let failures = 0;
let rounds = 0;
do {
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const files = values.seed !== undefined || rounds % 8 === 7 ? [...properties, ...scenarios] : properties;
  if (!(await round(files, seed))) failures++;
  rounds++;
} while (values.seed === undefined && performance.now() < end);
console.log(`${rounds} seeds tried, ${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;
