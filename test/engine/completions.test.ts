/** Completions with a model that was trained for them, through the whole pipeline. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCompleter, type Place, testFillIn } from '../../src/assist/index.ts';
import { fimFormat } from '../../src/inference/format/fim/index.ts';
import type { CompletionResult } from '../../src/inference/index.ts';
import { file } from '../support/chat.ts';
import { createEngine, LOAD, TINYCODE } from './support.ts';

/** `before|behind` */
function at(text: string): Place {
  const [prefix = '', suffix = ''] = text.split('|');
  return { document: 'file:///a.ts', prefix, suffix };
}

describe('completions', () => {
  test('of a model that was trained with its marks pass the test of it, and with the marks the wrong way do not', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const format = fimFormat({ marks: await engine.marks(), name: 'tinycode' });
    const score: typeof engine.score = (...given) => engine.score(...given);
    assert.deepEqual((await testFillIn(score, format)).isTrained, true);
    const mark = (text: string) => ({ mark: text });
    const untrained = {
      ...format,
      prompt: ({ prefix, suffix }: { readonly prefix: string; readonly suffix: string }) => [
        mark('<|im_start|>'),
        prefix,
        mark('<|im_end|>'),
        suffix,
        mark('<|fim_pad|>'),
      ],
    };
    const { isTrained, marked, plain } = await testFillIn(score, untrained);
    assert.equal(isTrained, false, `${marked} with marks, ${plain} without`);
  });

  test('of a trained model are right, and are shown only if they are likely to be', async (context) => {
    const { engine } = createEngine(context);
    const { contextTokens } = await engine.load(file(TINYCODE), LOAD);
    const results: CompletionResult[] = [];
    const completer = createCompleter({
      engine: {
        count: (text, signal) => engine.count(text, signal),
        infill: async (...given) => {
          const result = await engine.infill(...given);
          results.push(result);
          return result;
        },
      },
      format: fimFormat({ marks: await engine.marks(), name: 'tinycode' }),
      contextTokens,
      prefetches: false,
    });
    const hole = 'function add(a: number, b: number): number {\n  |\n}\n';
    const found = await completer.complete(at(hole));
    assert.equal(found?.text, 'return a + b;');
    assert.ok((found.probability ?? 0) >= 0.7);
    // Along with it there is no request; against it only the suffix and what is new are evaluated.
    assert.equal((await completer.complete(at(hole.replace('|', 'return |'))))?.text, 'a + b;');
    assert.equal(results.length, 1);
    await completer.complete(at(hole.replace('|', 'con|')), { isExplicit: true });
    const [, second] = results;
    assert.ok(second !== undefined && second.evaluatedTokens < second.promptTokens, JSON.stringify(second));
    assert.ok(second.evaluatedTokens <= 16, `${second.evaluatedTokens} of ${second.promptTokens}`);
    const unlikely = at('Zwölf Boxkämpfer jagen |');
    assert.equal(await completer.complete(unlikely), undefined);
  });
});
