/**
 * Speed of one model: loading, a prompt, and generation.
 *
 *   node bench/engine/generate.ts --model FILE [--prompt-tokens N] [--tokens M] [--threads T] [--json]
 *
 * Prints `{ loadMs, promptTokensPerSecond, firstTextMs, tokensPerSecond }` with `--json`.
 */
import { parseArgs } from 'node:util';
import { userPath } from '../support/userPath.ts';
import { type BenchOptions, benchEngine, textOf } from './world.ts';

/** Figures of one run. */
export interface Speed {
  readonly loadMs: number;
  readonly promptTokens: number;
  readonly promptTokensPerSecond: number;
  readonly firstTextMs: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

/** Measures one model in a process of its own. */
export async function measureSpeed(
  options: BenchOptions & { readonly promptTokens: number; readonly tokens: number },
): Promise<Speed> {
  await using world = await benchEngine(options);
  const { engine, loaded } = world;
  const prompt = await textOf(engine, options.promptTokens);
  const start = performance.now();
  let first: number | undefined;
  const onPiece = (): void => {
    first ??= performance.now();
  };
  const result = await engine.complete({ prompt, maxTokens: options.tokens }, { onPiece });
  const end = performance.now();
  const firstTextMs = (first ?? end) - start;
  return {
    loadMs: loaded.loadMs,
    promptTokens: result.promptTokens,
    promptTokensPerSecond: result.evaluatedTokens / (firstTextMs / 1000),
    firstTextMs,
    tokens: result.answerTokens,
    tokensPerSecond: (result.answerTokens - 1) / ((end - start - firstTextMs) / 1000),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      'prompt-tokens': { type: 'string', default: '500' },
      tokens: { type: 'string', default: '64' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.model === undefined) throw new Error('--model FILE is needed.');
  const speed = await measureSpeed({
    model: userPath(values.model),
    promptTokens: Number(values['prompt-tokens']),
    tokens: Number(values.tokens),
    threads: values.threads === undefined ? undefined : Number(values.threads),
    contextTokens: 4096,
  });
  if (values.json) console.log(JSON.stringify(speed));
  else console.table(speed);
}
