import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatSampling,
  readSampling,
  readStops,
  SAMPLING_NAMES,
  type Sampling,
  samplingSchema,
} from '../../../src/base/sampling.ts';
import fc from '../../support/fastCheck.ts';

const read = (options: Readonly<Record<string, unknown>>): Sampling =>
  readSampling((parameter) => options[SAMPLING_NAMES[parameter]]);

describe('parameters of sampling', () => {
  test('are taken at their bounds, and not beyond', () => {
    const bounds: readonly (readonly [string, keyof Sampling, number, number, number])[] = [
      ['temperature', 'temperature', 0, 10, 0.01],
      ['top_k', 'topK', -1, 1_000_000, 1],
      ['top_p', 'topP', 0, 1, 0.01],
      ['min_p', 'minP', 0, 1, 0.01],
      ['repeat_penalty', 'repeatPenalty', 0.1, 10, 0.01],
      ['repeat_last_n', 'repeatLastN', -1, 1_000_000, 1],
      ['presence_penalty', 'presencePenalty', -2, 2, 0.01],
      ['frequency_penalty', 'frequencyPenalty', -2, 2, 0.01],
      ['seed', 'seed', 0, 2 ** 32 - 2, 1],
    ];
    assert.equal(bounds.length, Object.keys(samplingSchema.shape).length);
    for (const [name, parameter, least, most, step] of bounds) {
      for (const value of [least, most]) assert.deepEqual(read({ [name]: value }), { [parameter]: value });
      const beyond = [
        least - step,
        most + step,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '1',
        true,
        null,
        [1],
        {},
      ];
      for (const value of beyond) assert.deepEqual(read({ [name]: value }), {}, `${name} ${value}`);
    }
  });

  test('that count something are whole', () => {
    assert.deepEqual(read({ top_k: 1.5, repeat_last_n: 1.5, seed: 1.5, top_p: 0.5 }), { topP: 0.5 });
  });

  test('of a stranger are sound, whatever they were', () => {
    const name = fc.constantFrom(...Object.values(SAMPLING_NAMES), '__proto__', 'constructor');
    const value = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.integer({ min: -3, max: 50 }), fc.anything());
    fc.assert(
      fc.property(fc.dictionary(name, value), (options) => {
        assert.ok(samplingSchema.safeParse(read(options)).success);
      }),
    );
  });

  test('are shown as everybody calls them', () => {
    const options = { top_k: 20, top_p: 0.95, repeat_penalty: 1 };
    assert.equal(formatSampling(read(options)), 'top_k 20, top_p 0.95, repeat_penalty 1');
    assert.equal(formatSampling({}), '');
  });
});

test('stop texts are one or several, and none without a text', () => {
  assert.deepEqual(readStops('END'), ['END']);
  assert.deepEqual(readStops(['a', 7, '', 'b', null]), ['a', 'b']);
  assert.equal(readStops(Array.from({ length: 100 }, (_, index) => `${index}`))?.length, 32);
  for (const none of [undefined, null, '', [], [7], {}, 7]) assert.equal(readStops(none), undefined);
});
