import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Token } from 'node-llama-cpp';
import type { Sampling } from '../../../../src/base/sampling.ts';
import { totalMemoryBytes } from '../../../../src/base/systemMemory.ts';
import { chatCall } from '../../../../src/engine/llama/calls/chat.ts';
import {
  evaluateOptions,
  isGreedy,
  tokenChoice,
} from '../../../../src/engine/llama/host/generation/sampling.ts';
import { HostError } from '../../../../src/engine/llama/host/hostError.ts';
import { LlamaLog } from '../../../../src/engine/llama/host/llamaLog.ts';
import { assertContextFits, assertModelFits } from '../../../../src/engine/llama/host/load/memoryGuard.ts';

function isOutOfMemory(error: unknown): boolean {
  return (
    error instanceof HostError &&
    error.code === 'out-of-memory' &&
    / takes .* but this machine has only .*B of memory\. .+\.$/.test(error.message)
  );
}

describe('memory', () => {
  test('a model larger than all memory is refused, in numbers', () => {
    assertModelFits(totalMemoryBytes(), 0);
    assertModelFits(totalMemoryBytes() + 5e9, 5e9);
    assert.throws(() => assertModelFits(totalMemoryBytes() + 5e9, 0), isOutOfMemory);
  });

  test('so is a context whose cache is larger', () => {
    const summary = {
      version: 3,
      architecture: 'llama',
      parameters: 1,
      embeddingLength: 4096,
      blockCount: 32,
      headCount: 32,
      headCountKv: 8,
      cache: { fullElements: 32 * 8 * 2 * 128, slidingElements: 0, stateBytes: 0 },
      infill: false,
      tensorCount: 1,
      fileBytes: 1,
    };
    // 128 KiB for each token, as Llama 3 with 8 B parameters has it, and 256 tokens at a time.
    const fits = Math.floor(totalMemoryBytes() / (256 * 128 * 1024)) * 256;
    assertContextFits(summary, { contextTokens: fits }, 0);
    assert.throws(() => assertContextFits(summary, { contextTokens: fits + 1 }, 0), isOutOfMemory);
    assertContextFits(summary, { contextTokens: fits + 1 }, 1e9);
    // Quantized, about twice and four times as many fit.
    assertContextFits(summary, { contextTokens: fits * 1.8, cacheType: 'q8_0' }, 0);
    assertContextFits(summary, { contextTokens: fits * 3.5, cacheType: 'q4_0' }, 0);
    assert.throws(() => assertContextFits(summary, { contextTokens: fits * 3.6, cacheType: 'q4_0' }, 0));
  });
});

describe('LlamaLog', () => {
  test('keeps the problems, and drops dots and empty lines', () => {
    const sent: string[] = [];
    const log = new LlamaLog((level, message) => sent.push(`${level} ${message}`));
    for (const line of ['.', '....\n', ' ', 'loading\n']) log.write('info', line);
    assert.equal(log.problem(), undefined);
    log.write('error', "llama_model_load: error loading model: tensor 'a' is cut off\n");
    log.write('error', 'llama_model_load_from_file_impl: failed to load model');
    log.write('warn', 'odd');
    assert.deepEqual(sent, [
      'debug loading',
      "error llama_model_load: error loading model: tensor 'a' is cut off",
      'error llama_model_load_from_file_impl: failed to load model',
      'warn odd',
    ]);
    assert.equal(log.problem(), "tensor 'a' is cut off");
    assert.equal(log.problems.length, 2);
    log.restart();
    assert.equal(log.problem(), undefined);
  });

  test('is bounded in lines and in their length', () => {
    const sent: string[] = [];
    const log = new LlamaLog((_level, message) => sent.push(message));
    for (let index = 0; index < 5_000; index++) log.write('info', 'x'.repeat(5_000));
    assert.equal(sent.length, 2_000);
    assert.ok(sent.every((line) => line.length <= 1_000));
    assert.match(sent.at(-1) ?? '', /further lines are omitted/);
  });
});

describe('sampling', () => {
  const CONTEXT = 4096;
  const given = (sampling: Sampling) => tokenChoice(sampling, CONTEXT);

  test('that nobody speaks of is greedy, and punishes nothing', () => {
    const { seed, ...rest } = given({});
    assert.deepEqual(rest, { temperature: 0, topK: 40, topP: 0.95, minP: 0, penalty: undefined });
    assert.ok(Number.isInteger(seed) && seed >= 0 && seed <= 2 ** 32 - 2);
    assert.ok(new Set(Array.from({ length: 10 }, () => given({}).seed)).size > 5);
  });

  test('reaches the library under its names', () => {
    const sampling: Required<Sampling> = {
      temperature: 0.6,
      topK: 20,
      topP: 0.9,
      minP: 0.01,
      repeatPenalty: 1.1,
      repeatLastN: 32,
      presencePenalty: 1.5,
      frequencyPenalty: 0.5,
      seed: 0,
    };
    assert.deepEqual(given(sampling), {
      temperature: 0.6,
      topK: 20,
      topP: 0.9,
      minP: 0.01,
      seed: 0,
      penalty: { penalty: 1.1, presencePenalty: 1.5, frequencyPenalty: 0.5, lastTokens: 32 },
    });
  });

  test('has a temperature where something says what to choose from', () => {
    const warm = [{ topK: 20 }, { topP: 0.9 }, { minP: 0.1 }].map((one) => given(one).temperature);
    assert.deepEqual(warm, [0.8, 0.8, 0.8]);
    assert.equal(given({ topK: 20, temperature: 0 }).temperature, 0);
    assert.equal(given({ seed: 1, repeatPenalty: 1.1 }).temperature, 0);
    assert.equal(given({ temperature: 1e-40 }).temperature, 0);
    assert.equal(given({ temperature: 0.01 }).temperature, 0.01);
  });

  test('looks for repetitions in no more than the context', () => {
    const lastTokens = (repeatLastN?: number): unknown => {
      const { penalty } = given({
        repeatPenalty: 1.1,
        ...(repeatLastN === undefined ? {} : { repeatLastN }),
      });
      return penalty?.lastTokens;
    };
    assert.deepEqual([undefined, 0, 7, -1, 1_000_000].map(lastTokens), [64, 0, 7, CONTEXT, CONTEXT]);
    assert.equal(given({ repeatLastN: 7 }).penalty, undefined);
  });

  test('punishes the last tokens of the answer, but no line ends', () => {
    const answer: Token[] = [1, 2, 9, 3, 9] as Token[];
    const isLineEnd = (token: Token): boolean => token === 9;
    const punished = (repeatLastN: number): unknown => {
      const choice = given({ repeatPenalty: 1.1, repeatLastN });
      const { punishTokens } = evaluateOptions(choice, answer, isLineEnd).repeatPenalty ?? {};
      return typeof punishTokens === 'function' ? punishTokens() : punishTokens;
    };
    assert.deepEqual([0, 3, -1].map(punished), [[], [3], [1, 2, 3]]);
    assert.equal(evaluateOptions(given({}), answer, isLineEnd).repeatPenalty, undefined);
  });

  test('goes on after a pause with other random numbers', () => {
    const choice = given({ temperature: 1, seed: 2 ** 32 - 2 });
    const seeds = [0, 1, 5].map(
      (length) =>
        evaluateOptions(
          choice,
          Array.from({ length }, () => 1 as Token),
          () => false,
        ).seed,
    );
    assert.deepEqual(seeds, [2 ** 32 - 2, 0, 4]);
  });

  test('is greedy only without chance and penalties', () => {
    const all: Sampling[] = [{}, { temperature: 0.5 }, { repeatPenalty: 1.1 }, { topK: 1 }];
    assert.deepEqual(
      all.map((sampling) => isGreedy(given(sampling))),
      [true, false, false, false],
    );
  });

  test('out of bounds is no request', () => {
    const request = (sampling: unknown) => {
      const messages = [{ role: 'user', content: 'x' }];
      const chat = { messages, tools: [], toolMode: 'auto', purpose: 'chat', stop: [], sampling };
      return chatCall.params.safeParse(chat).success;
    };
    assert.ok(request({}) && request({ temperature: 0, topK: 0, seed: 0 }));
    const bad = [undefined, null, { temperature: -1 }, { temperature: null }, { topK: 0.5 }, { topP: 1.1 }];
    for (const sampling of [
      ...bad,
      { minP: '0' },
      { repeatPenalty: 0 },
      { repeatLastN: -2 },
      { seed: 2 ** 32 },
    ])
      assert.equal(request(sampling), false, JSON.stringify(sampling));
  });
});
