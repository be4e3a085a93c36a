/** Options of one model that reach llama.cpp itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CACHE_TYPES } from '../../src/inference/index.ts';
import { chat, file } from '../support/chat.ts';
import { ask, createEngine, LOAD, TINYCODE } from './support.ts';

/** Long enough for a batch of the prompt and a second question. */
const CODE = 'export function area(width: number, height: number): number {\n  return width * height;\n}\n';

describe('the type of the cache', () => {
  test('is llama.cpp’s for keys and values, and answers come as before', async (context) => {
    const answers = new Map<string, string>();
    for (const cacheType of CACHE_TYPES) {
      const { engine, lines } = createEngine(context);
      await engine.load(file(TINYCODE), { ...LOAD, contextTokens: 2048, cacheType });
      const { text } = await chat(engine, ask(CODE.repeat(8)), {
        maxTokens: 24,
        sampling: { temperature: 0 },
      });
      const cache = lines.find((line) => /llama_kv_cache.*K \(/.test(line)) ?? '';
      answers.set(cacheType, text);
      assert.match(cache, new RegExp(`K \\(${cacheType}\\).*V \\(${cacheType}\\)`), lines.join('\n'));
      await engine.unload();
    }
    assert.notEqual(answers.get('f16'), '');
    assert.equal(answers.get('q8_0'), answers.get('f16'));
  });
});
