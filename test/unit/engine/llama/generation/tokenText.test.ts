/** Tokens become the text that the model wrote, also where llama.cpp removes spaces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { tokenText } from '../../../../../src/engine/llama/host/generation/tokenText.ts';

const TOKENS = ['a', '\u0120?', '\u0120!==', '\u00c3', '\u00a4', '<|end|>', '\u010a'];

function model(clean: (text: string) => string, vocabularyType = 'bpe'): LlamaModel {
  const texts = ['a', ' ?', ' !==', '\ufffd', '\ufffd', '<|end|>', '\n'];
  return {
    vocabularyType,
    fileInfo: { metadata: { tokenizer: { ggml: { tokens: TOKENS, token_type: [1, 1, 1, 1, 1, 3, 1] } } } },
    detokenize: (given: readonly Token[]) => given.map((token) => clean(texts[token] ?? '')).join(''),
  } as unknown as LlamaModel;
}

const cleaned = (text: string): string => text.replace(/ ([?!.,])/g, '$1');

test('spaces before marks stay', () => {
  const { detokenize } = tokenText(model(cleaned));
  assert.equal(detokenize([0, 1, 0, 2] as Token[], true), 'a ?a !==');
});

test('bytes of one character are put together, and special tokens are the model’s', () => {
  const { detokenize } = tokenText(model(cleaned));
  assert.equal(detokenize([3, 4] as Token[], true), 'ä');
  assert.equal(detokenize([3] as Token[], true), '\ufffd');
  assert.equal(detokenize([5, 6] as Token[], true), '<|end|>\n');
});

test('a model that changes nothing is asked itself', () => {
  const [exact, other] = [model((text) => text), model(cleaned, 'spm')];
  assert.equal(tokenText(exact), exact);
  assert.equal(tokenText(other), other);
});
