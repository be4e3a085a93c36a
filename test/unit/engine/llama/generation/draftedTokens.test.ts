/** Drafts that are evaluated several at a time give the answer that single tokens give. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import {
  type GenerationListener,
  generate,
} from '../../../../../src/engine/llama/host/generation/generate.ts';
import type { HostModel } from '../../../../../src/engine/llama/host/load/loadModel.ts';
import type { Turn } from '../../../../../src/engine/llama/host/turns.ts';

const END = 99 as Token;
const COPIED = Array.from({ length: 40 }, (_, index) => (index + 10) as Token);

/** A model whose next token is a matter of the last one: the next one of the copied tokens, and the first behind others. */
class Sequence {
  readonly contextSize = 200;
  readonly tokens: Token[] = [];
  readonly model = { isEogToken: (token: Token) => token === END };

  get nextTokenIndex(): number {
    return this.tokens.length;
  }

  async controlledEvaluate(input: readonly (Token | [Token, unknown])[]) {
    return input.map((item) => {
      const token = Array.isArray(item) ? item[0] : item;
      this.tokens.push(token);
      const at = COPIED.indexOf(token);
      return { next: { token: at < 0 ? COPIED[0] : (COPIED[at + 1] ?? END) } };
    });
  }

  async eraseContextTokenRanges([range]: readonly { start: number; end: number }[]): Promise<void> {
    if (range !== undefined) this.tokens.splice(range.start, range.end - range.start);
  }
}

/** Answers with all that the model writes. @param copied tokens that are drafted. */
async function answerOf(
  copied: readonly Token[],
  options: { readonly forcedAfter?: number; readonly maxTokens?: number; readonly pauseAfter?: number },
) {
  const { forcedAfter = 0, maxTokens = 100, pauseAfter = Number.POSITIVE_INFINITY } = options;
  const sequence = new Sequence();
  const prompt = [1, 2, 3] as Token[];
  const pieces: string[] = [];
  let told = 0;
  let pauses = 0;
  const host = {
    sequence: sequence as unknown as LlamaContextSequence,
    model: { fileInsights: {} },
    vocabulary: {
      text: { detokenize: (tokens: readonly Token[]) => tokens.map((one) => `${one} `).join('') },
    },
    threads: { adjust: () => {} },
    prompts: {
      evaluate: async (tokens: readonly Token[]) => {
        sequence.tokens.splice(0, sequence.tokens.length, ...tokens.slice(0, -1));
        return { evaluated: tokens.length - 1, isWhole: true };
      },
    },
  } as unknown as HostModel;
  const turn = {
    isCancelled: false,
    get mustGiveWay() {
      return pauses === 0 && told >= pauseAfter;
    },
    begin: async () => {},
    pause: () => {
      pauses++;
    },
  } as unknown as Turn;
  let steered = 0;
  const listener: GenerationListener = {
    onPrompt: () => {},
    onPiece: ({ text, tokens }) => {
      pieces.push(text);
      told += tokens;
    },
    steer: (last) => (++steered === forcedAfter ? [last, 5 as Token, 6 as Token] : undefined),
  };
  const plan = { prompt, maxTokens, choice: { temperature: 0 }, stop: [], copied } as never;
  const result = await generate(host, plan, turn, listener);
  return { text: pieces.join(''), end: result.end, decodes: result.decodes, tokens: sequence.tokens };
}

describe('drafted tokens', () => {
  const cases = [
    {},
    ...[1, 7, 9, 13, 20, 30].map((forcedAfter) => ({ forcedAfter })),
    ...[1, 5, 12, 33].map((maxTokens) => ({ maxTokens })),
    ...[4, 11, 26].map((pauseAfter) => ({ pauseAfter })),
    { forcedAfter: 14, maxTokens: 15 },
    { forcedAfter: 14, pauseAfter: 10 },
  ];
  for (const options of cases) {
    test(`are those of an answer without drafts: ${JSON.stringify(options)}`, async () => {
      const single = await answerOf([], options);
      const drafted = await answerOf(COPIED, options);
      assert.equal(drafted.text, single.text);
      assert.equal(drafted.end, single.end);
      // What the sequence has is what was answered.
      const shared = Math.min(single.tokens.length, drafted.tokens.length);
      assert.deepEqual(drafted.tokens.slice(0, shared), single.tokens.slice(0, shared));
      if (!('maxTokens' in options)) assert.ok(drafted.decodes < single.decodes);
    });
  }
});
