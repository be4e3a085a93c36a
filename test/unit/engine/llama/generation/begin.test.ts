/** Candidates that agree with a text that is given. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Token } from 'node-llama-cpp';
import { bestOf } from '../../../../../src/engine/llama/host/generation/tokenSources.ts';

const TEXTS = [' function', ' return', ' ret', ' r', 'return', '', '\u{FFFD}'];
const textOf = (token: Token): string => TEXTS[token] ?? '';

function candidates(...probabilities: number[]): Map<Token, number> {
  return new Map(probabilities.map((probability, index) => [index as Token, probability]));
}

test('the best candidate wins if nothing is given', () => {
  assert.deepEqual(bestOf(candidates(0.6, 0.3), '', textOf), { token: 0, probability: 0.6 });
  assert.equal(bestOf(new Map(), '', textOf), undefined);
});

test('only candidates that agree win, those that end before the text as well', () => {
  const { token, probability = 0 } = bestOf(candidates(0.2, 0.5, 0.1, 0.05, 0.1), ' retu', textOf) ?? {};
  assert.equal(token, 1);
  assert.ok(Math.abs(probability - 0.5 / (0.5 + 0.1 + 0.05 + 0.05)) < 1e-9, `${probability}`);
});

test('a text that the model did not expect makes none likely, and none wins if none agrees', () => {
  const unexpected = bestOf(candidates(0.98, 0.01), ' retu', textOf);
  assert.equal(unexpected?.token, 1);
  assert.ok((unexpected?.probability ?? 1) < 0.2);
  assert.equal(bestOf(candidates(0.9, 0, 0, 0, 0.05, 0.03, 0.02), 'zebra', textOf), undefined);
});
