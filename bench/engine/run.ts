/**
 * `npm run bench:engine`: this engine against llama-server on the same libraries.
 *
 *   npm run bench:engine -- [--models FILE,FILE] [--runs 5] [--threads 2] [--json FILE]
 *
 * Both take turns in one run; figures are medians, ratios above 1 are better for this engine, and noise is the distance
 * between the fastest and the slowest run as a part of the median. llama-server is built on request, in a cache outside
 * the checkout. Without `--models` the model of the tests is measured, which says little; the others cannot be shipped.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/support/paths.ts';
import { ensureLlamaServer, startLlamaServer } from '../../test/interop/llamaServer.ts';
import { noise, spread } from '../support/statistics.ts';
import { userPath } from '../support/userPath.ts';
import { measureSpeed, type Speed } from './generate.ts';
import { measureReturns, type Step } from './return.ts';
import { benchEngine, textOf } from './world.ts';

/** Tokens of the two prompts, and of an answer. */
const PROMPTS = [500, 2000] as const;
const ANSWER_TOKENS = 64;
const CONTEXT_TOKENS = 4096;

type Measured = Pick<Speed, 'loadMs' | 'promptTokensPerSecond' | 'tokensPerSecond'> & {
  /** Milliseconds of a load into a process that was started ahead; the peer has none. */
  readonly readyLoadMs: number;
};

interface Comparison {
  readonly model: string;
  readonly promptTokens: number;
  readonly figure: keyof Measured;
  readonly ours: number;
  readonly peer: number;
  /** Above 1 is better for this engine. */
  readonly ratio: number;
  readonly noise: number;
}

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: join(ROOT, 'test', 'fixtures', 'tinycode-q8_0.gguf') },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'string' },
  },
});
const runs = Number(values.runs);
const threads = Number(values.threads);

/** The text of a prompt, by this engine's count. */
async function promptOf(model: string, tokens: number): Promise<string> {
  await using world = await benchEngine({ model, threads });
  return await textOf(world.engine, tokens);
}

async function measurePeer(program: string, model: string, prompt: string): Promise<Measured> {
  const start = performance.now();
  await using server = await startLlamaServer(program, { model, threads, contextTokens: CONTEXT_TOKENS });
  const loadMs = performance.now() - start;
  const { timings } = await server.post<{
    timings: { prompt_per_second: number; predicted_per_second: number };
  }>('/completion', {
    prompt,
    n_predict: ANSWER_TOKENS,
    temperature: 0,
    ignore_eos: true,
    cache_prompt: false,
  });
  return {
    loadMs,
    readyLoadMs: loadMs,
    promptTokensPerSecond: timings.prompt_per_second,
    tokensPerSecond: timings.predicted_per_second,
  };
}

async function measureOurs(model: string, promptTokens: number): Promise<Measured> {
  const options = { model, threads, contextTokens: CONTEXT_TOKENS };
  const speed = await measureSpeed({ ...options, promptTokens, tokens: ANSWER_TOKENS });
  await using ready = await benchEngine({ ...options, isReady: true });
  return { ...speed, readyLoadMs: ready.loaded.loadMs };
}

async function compare(program: string, model: string, promptTokens: number): Promise<Comparison[]> {
  const prompt = await promptOf(model, promptTokens);
  const ours: Measured[] = [];
  const peers: Measured[] = [];
  for (let run = 0; run < runs; run++) {
    ours.push(await measureOurs(model, promptTokens));
    peers.push(await measurePeer(program, model, prompt));
  }
  return (['loadMs', 'readyLoadMs', 'promptTokensPerSecond', 'tokensPerSecond'] as const).map((figure) => {
    const one = spread(ours.map((measured) => measured[figure]));
    const other = spread(peers.map((measured) => measured[figure]));
    const ratio = /loadMs$/i.test(figure) ? other.median / one.median : one.median / other.median;
    return {
      model: basename(model),
      promptTokens,
      figure,
      ours: one.median,
      peer: other.median,
      ratio,
      noise: Math.max(noise(one), noise(other)),
    };
  });
}

const program = await ensureLlamaServer(console.log);
const comparisons: Comparison[] = [];
const returns: Record<string, Step[]> = {};
for (const model of values.models.split(',').map((path) => userPath(path))) {
  for (const promptTokens of PROMPTS) comparisons.push(...(await compare(program, model, promptTokens)));
  returns[basename(model)] = await measureReturns({ model, threads, contextTokens: CONTEXT_TOKENS });
}
console.table(
  comparisons.map(({ ours, peer, ratio, noise: spreadOfRuns, ...rest }) => ({
    ...rest,
    ours: ours.toFixed(1),
    peer: peer.toFixed(1),
    ratio: ratio.toFixed(2),
    noise: `${Math.round(spreadOfRuns * 100)} %`,
  })),
);
for (const [model, steps] of Object.entries(returns)) {
  console.log(model);
  console.table(steps);
}
if (values.json !== undefined)
  await writeFile(values.json, JSON.stringify({ comparisons, returns }, null, 2));
