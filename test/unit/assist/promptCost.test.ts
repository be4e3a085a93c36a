/** Processor time of building a prompt beside that of the tokenizer, and how much the tokenizer is given. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildChatMessages, fitMessages } from '../../../src/assist/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';

/** The quietest round counts: what shares the core slows the processor itself down. */
const ROUNDS = 5;
/** Of one round, because the clock of the processor has steps of some milliseconds. */
const RUNS = 10;
const LINE = '    const value = compute(input, options); // as everywhere';
const FILE = Array.from({ length: 10_000 }, (_, index) => `${LINE} ${index}`).join('\n');

describe('a file of 10,000 lines', () => {
  for (const [what, contextTokens] of [
    ['fits', 1_000_000],
    ['is cut to a context of 8,192 tokens', 8_192],
  ] as const) {
    test(`${what}: the prompt is built in 10 ms`, async (t) => {
      let counted = 0;
      const countTokens = async (text: string): Promise<number> => {
        counted += text.length;
        return Math.ceil(text.length / 4);
      };
      const build = async (): Promise<void> => {
        counted = 0;
        const references = [{ label: 'src/large.ts', languageId: 'typescript', text: FILE }];
        const messages = buildChatMessages({ history: [], prompt: 'Why?', references });
        await fitMessages(messages, { contextTokens, answerTokens: 1_024, countTokens });
      };
      let least = Number.POSITIVE_INFINITY;
      for (let round = 0; round < ROUNDS; round++) {
        const start = cpuMs();
        for (let run = 0; run < RUNS; run++) await build();
        least = Math.min(least, (cpuMs() - start) / RUNS);
      }
      t.diagnostic(`${least.toFixed(1)} ms, ${counted} characters counted`);
      assert.ok(least <= 10, `${least} ms`);
      if (contextTokens < FILE.length / 4) {
        assert.ok(counted < FILE.length, `${counted} characters are counted, of ${FILE.length}`);
      }
    });
  }
});
