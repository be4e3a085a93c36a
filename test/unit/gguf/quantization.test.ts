import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bitsPerWeight, parametersIn, quantizationIn } from '../../../src/gguf/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';

describe('the name of a quantisation', () => {
  const table: readonly [text: string, name: string | undefined][] = [
    ['Q4_K_M', 'Q4_K_M'],
    ['q4_k_m', 'Q4_K_M'],
    ['135M-Q4_0', 'Q4_0'],
    ['30B-A3B-UD-Q4_K_XL', 'UD-Q4_K_XL'],
    ['20B-UD-Q6_K_XL', 'UD-Q6_K_XL'],
    ['model-UD_IQ2_XXS', 'UD-IQ2_XXS'],
    ['IQ2_XXS/Q4_K_M', 'IQ2_XXS/Q4_K_M'],
    ['MOSTLY_Q4_K_M', 'Q4_K_M'],
    ['Q4_K - Medium', 'Q4_K_M'],
    ['Q3_K - Large', 'Q3_K_L'],
    ['qwen2.5-coder-7b-instruct-q5_k_m', 'Q5_K_M'],
    ['i1-IQ3_XS', 'IQ3_XS'],
    ['Q4_0_4_8', 'Q4_0_4_8'],
    ['Q8_K_XL', 'Q8_K_XL'],
    ['Q2_K_L', 'Q2_K_L'],
    ['Q2_K', 'Q2_K'],
    ['IQ4_NL', 'IQ4_NL'],
    ['TQ1_0', 'TQ1_0'],
    ['0.5B-F16', 'F16'],
    ['bf16', 'BF16'],
    ['fp16', 'F16'],
    ['MXFP4_MOE', 'MXFP4'],
    ['NVFP4', 'NVFP4'],
    ['latest', undefined],
    ['7B', undefined],
    ['XQ4_0Y', undefined],
    ['', undefined],
  ];
  for (const [text, name] of table) {
    test(`in “${text}”`, () => assert.equal(quantizationIn(text), name));
  }

  test('tells about how many bits a weight has', () => {
    assert.equal(bitsPerWeight('Q8_0'), 8.5);
    assert.equal(bitsPerWeight('UD-Q4_K_XL'), bitsPerWeight('Q4_K_M'));
    assert.equal(bitsPerWeight('Q4_0_4_4'), bitsPerWeight('Q4_0'));
    assert.equal(bitsPerWeight('Q6_K_XL'), bitsPerWeight('Q6_K'));
    assert.equal(bitsPerWeight('IQ2_XXS/Q4_K_M'), (2.4 + 4.89) / 2);
    assert.equal(bitsPerWeight('latest'), undefined);
  });
});

describe('the number of parameters', () => {
  const table: readonly [text: string, count: number | undefined][] = [
    ['361.82M', 361.82e6],
    ['4.02 B', 4.02e9],
    ['135M-Q4_0', 135e6],
    ['30B-A3B-UD-Q4_K_XL', 30e9],
    ['8x7B-Q4_K_M', 56e9],
    ['1T', 1e12],
    ['latest', undefined],
    ['Q4_K_M', undefined],
    ['v2.5', undefined],
  ];
  for (const [text, count] of table)
    test(`in “${text}”`, () => assert.equal(parametersIn(text)?.toPrecision(6), count?.toPrecision(6)));
});

test('no text takes long', () => {
  const start = cpuMs();
  for (const piece of ['Q', 'Q4_K', 'UD-', '1', '1x', '9.', ' - ', '_K  ']) {
    quantizationIn(piece.repeat(20_000));
    parametersIn(piece.repeat(20_000));
  }
  assert.ok(cpuMs() - start < 1000);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = quantizationIn(text);
      assert.ok(name === undefined || quantizationIn(name) === name);
    }),
  );
});
