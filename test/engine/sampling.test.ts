/** That each parameter of sampling reaches llama.cpp's samplers, through the real process and library. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { buildChatMessages } from '../../src/assist/index.ts';
import { isModelError } from '../../src/base/error.ts';
import type { Sampling } from '../../src/base/sampling.ts';
import { ProcessEngine } from '../../src/engine/index.ts';
import { chat, file } from '../support/chat.ts';
import { createEngine, HOST_PATH, LOAD, TINYCODE } from './support.ts';

/** The model knows the answer, and it has words that come again. */
const CODE = 'Write a TypeScript function that adds two numbers.';
/** The model has no idea. */
const ANYTHING = 'What';
const SEEDS = [1, 2, 3, 4, 5, 6];
/** All tokens are about as likely, so that only what is added to it leads back to the greedy answer. */
const HOT: Sampling = { temperature: 10, topK: 0, topP: 1, minP: 0 };

const engine = new ProcessEngine({ hostPath: HOST_PATH });
before(() => engine.load(file(TINYCODE), LOAD));
after(() => engine.unload());

async function answer(sampling?: Sampling, prompt = CODE): Promise<string> {
  const messages = buildChatMessages({ history: [], prompt, references: [] });
  return (await chat(engine, messages, { sampling, maxTokens: 60 })).text;
}

async function answers(sampling: Sampling, prompt?: string): Promise<string[]> {
  const texts: string[] = [];
  for (const seed of SEEDS) texts.push(await answer({ ...sampling, seed }, prompt));
  return texts;
}

describe('which tokens are chosen from', () => {
  test('top_k, top_p and min_p lead from chance back to the greedy answer', async () => {
    const greedy = await answer();
    assert.match(greedy, /return a \+ b;/);
    const hot = await answers(HOT);
    assert.ok(hot.every((text) => text !== greedy));
    for (const one of [{ topK: 1 }, { topP: 0 }, { minP: 1 }]) {
      const cold = await answers({ ...HOT, ...one });
      assert.deepEqual(new Set(cold), new Set([greedy]), JSON.stringify(one));
    }
    // A choice of three is neither the greedy answer nor that of all tokens.
    const three = await answers({ ...HOT, topK: 3 });
    assert.ok(three.every((text, index) => text !== greedy && text !== hot[index]));
    assert.deepEqual(await answers({ ...HOT, topK: -1 }), hot);
  });

  test('who says which, and no temperature, gets the usual one', async () => {
    const { temperature: _, ...all } = HOT;
    const chosen = await answers(all, ANYTHING);
    assert.ok(new Set(chosen).size > 1, chosen[0]);
    assert.deepEqual(chosen, await answers({ ...HOT, temperature: 0.8 }, ANYTHING));
    for (const one of [{ topK: 1000 }, { topP: 0.99 }, { minP: 0.001 }])
      assert.ok(new Set(await answers(one, ANYTHING)).size > 1, JSON.stringify(one));
    assert.equal(new Set([...(await answers({}, ANYTHING)), await answer({}, ANYTHING)]).size, 1);
    assert.equal(new Set(await answers({ ...all, temperature: 0 }, ANYTHING)).size, 1);
  });

  test('a temperature that a 32-bit float cannot divide by is greedy', async () => {
    assert.equal(await answer({ ...HOT, temperature: 1e-40 }), await answer());
  });
});

describe('a seed', () => {
  test('gives the same answer again, and another one another', async () => {
    const first = await answers(HOT);
    assert.deepEqual(await answers(HOT), first);
    assert.ok(new Set(first).size > 3);
    const largest = { ...HOT, seed: 2 ** 32 - 2 };
    assert.equal(await answer(largest), await answer(largest));
  });

  test('that nobody gives is another one for each answer', async () => {
    const texts = new Set<string>();
    for (const _ of SEEDS) texts.add(await answer(HOT));
    assert.ok(texts.size > 3);
  });
});

describe('repetitions', () => {
  test('are punished as far back as is said', async () => {
    const greedy = await answer();
    const punished = await answer({ repeatPenalty: 1.5 });
    assert.notEqual(punished, greedy);
    assert.equal(await answer({ repeatPenalty: 1 }), greedy);
    assert.equal(await answer({ repeatPenalty: 1.5, repeatLastN: 0 }), greedy);
    // No token of this answer follows itself.
    assert.equal(await answer({ repeatPenalty: 1.5, repeatLastN: 1 }), greedy);
    // The answer is shorter than all of these.
    for (const repeatLastN of [64, -1, 1_000_000])
      assert.equal(await answer({ repeatPenalty: 1.5, repeatLastN }), punished);
  });

  test('are punished once, or for each time', async () => {
    const warm = { temperature: 4, topK: 0, topP: 1 };
    const texts = [
      await answers(warm),
      await answers({ ...warm, presencePenalty: 2 }),
      await answers({ ...warm, frequencyPenalty: 1 }),
    ];
    assert.equal(new Set(texts.map((list) => list.join('\n'))).size, 3);
  });
});

test('what is out of bounds is refused before it reaches the library, and the engine goes on', async () => {
  for (const bad of [
    { temperature: Number.NaN },
    { repeatPenalty: 0 },
    { repeatLastN: 2 ** 31 },
    { seed: -1 },
  ])
    await assert.rejects(answer(bad), (error) => isModelError(error, 'engine-error'));
  assert.match(await answer(), /return a \+ b;/);
});

test('what an answer is made with can be read in the log', async (context) => {
  const { engine: own, lines } = createEngine(context);
  await own.load(file(TINYCODE), LOAD);
  const sampling = { topK: 20, topP: 0.95, repeatPenalty: 1 };
  await chat(own, [{ role: 'user', content: 'Hi' }], { sampling, maxTokens: 1 });
  assert.ok(lines.includes('Answering with top_k 20, top_p 0.95, repeat_penalty 1.'), lines.join('\n'));
});
