import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CHAT_SAMPLING,
  EDIT_SAMPLING,
  type GenerationWishes,
  mergeWishes,
  readModelOptions,
  wishesForEdits,
} from '../../../src/assist/index.ts';

const LIMIT = 2048;

describe('how an answer is generated', () => {
  const published = { sampling: { temperature: 0.6, topK: 20 }, stop: ['<|im_end|>'], maxTokens: 100 };

  test('is what the publisher wants where nobody says more', () => {
    assert.deepEqual(mergeWishes({}, published, LIMIT), published);
    assert.deepEqual(mergeWishes({}, {}, LIMIT), { sampling: CHAT_SAMPLING, stop: [], maxTokens: LIMIT });
    // One wish is enough to choose by oneself.
    assert.deepEqual(mergeWishes({ sampling: { seed: 1 } }, {}, LIMIT).sampling, { seed: 1 });
  });

  test('is what the asker wants, parameter by parameter', () => {
    const asked = { sampling: { temperature: 0, seed: 7 }, maxTokens: 500 };
    const merged = mergeWishes(asked, published, LIMIT);
    assert.deepEqual(merged.sampling, { temperature: 0, topK: 20, seed: 7 });
    assert.equal(merged.maxTokens, 500);
  });

  test("ends at either's texts, and at the user's limit", () => {
    const merged = mergeWishes({ stop: ['\n\n', '<|im_end|>'], maxTokens: 9_999 }, published, LIMIT);
    assert.deepEqual(merged.stop, ['<|im_end|>', '\n\n']);
    assert.equal(merged.maxTokens, LIMIT);
    assert.equal(mergeWishes({}, { maxTokens: 9_999 }, LIMIT).maxTokens, LIMIT);
  });

  test('does not end an edit where every answer with code would end', () => {
    const { stop, maxTokens, sampling } = wishesForEdits({
      ...published,
      stop: ['```', '\n\n', '<|im_end|>', '`', ' '],
    });
    assert.deepEqual(stop, ['<|im_end|>']);
    assert.equal(maxTokens, undefined);
    assert.deepEqual(sampling, published.sampling);
    assert.equal(wishesForEdits<GenerationWishes>({}).stop, undefined);
  });

  test('leaves nothing to chance in an edit, and repetitions unpunished', () => {
    const chatty = { sampling: { temperature: 1, topK: 20, repeatPenalty: 1.3, presencePenalty: 1.5 } };
    assert.deepEqual(mergeWishes({ sampling: EDIT_SAMPLING }, chatty, LIMIT).sampling, {
      temperature: 0,
      topK: 20,
      repeatPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
    });
  });
});

describe('options of the language model API', () => {
  test('have the names of Ollama and OpenAI', () => {
    const options = { temperature: 0.1, top_p: 1, seed: 3, stop: 'END', max_tokens: 64, model: 'x' };
    assert.deepEqual(readModelOptions(options), {
      sampling: { temperature: 0.1, topP: 1, seed: 3 },
      stop: ['END'],
      maxTokens: 64,
    });
    assert.equal(readModelOptions({ num_predict: 32 }).maxTokens, 32);
  });

  test('that are wrong are not wanted', () => {
    const none = { sampling: {}, stop: undefined, maxTokens: undefined };
    assert.deepEqual(readModelOptions(undefined), none);
    const wrong = { temperature: '1', top_p: 2, seed: -1, stop: [], max_tokens: 0.5, num_predict: 32 };
    assert.deepEqual(readModelOptions(wrong), none);
    assert.deepEqual(readModelOptions({ max_tokens: -1 }), none);
  });
});
