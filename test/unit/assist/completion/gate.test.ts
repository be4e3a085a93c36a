/** The gate follows how often the model was right. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Gate } from '../../../../src/assist/completion/gate.ts';
import { type Hole, wordBefore } from '../../../../src/assist/completion/place.ts';

const hole = (prefix: string, suffix = ''): Hole => ({ document: 'd', start: 0, prefix, suffix });

/** Shows a completion, and types what is right or wrong. */
function live(gate: Gate, probability: number, isRight: boolean): void {
  gate.show(hole('a'), { text: 'bc', probability });
  gate.see(hole('ab'));
  gate.see(hole(isRight ? 'abc' : 'abx'));
}

describe('the gate', () => {
  test('begins as low as it may be', () => {
    assert.equal(new Gate(0.7).value, 0.7);
    assert.equal(new Gate(0.4).value, 0.4);
  });

  test('rises above probabilities that are mostly wrong, and comes down when they are right again', () => {
    const gate = new Gate(0.7);
    for (let count = 0; count < 10; count++) live(gate, 0.75, false);
    assert.equal(gate.value, 0.8);
    for (let count = 0; count < 10; count++) live(gate, 0.85, false);
    assert.equal(gate.value, 0.9);
    for (let count = 0; count < 60; count++) live(gate, 0.75, true);
    assert.equal(gate.value, 0.7);
  });

  test('stays for a model that is right, and is never higher than 0.99', () => {
    const gate = new Gate(0.7);
    for (let count = 0; count < 50; count++) live(gate, 0.75, count % 4 !== 0);
    assert.equal(gate.value, 0.7);
    for (let count = 0; count < 200; count++)
      for (const probability of [0.75, 0.85, 0.92, 0.96, 0.985, 0.995]) live(gate, probability, false);
    assert.equal(gate.value, 0.99);
  });

  test('is none if it begins with 0, however often the model is wrong', () => {
    const gate = new Gate(0);
    for (let count = 0; count < 200; count++)
      for (const probability of [0.1, 0.4, 0.75, 0.995]) live(gate, probability, false);
    assert.equal(gate.value, 0);
  });

  test('counts a completion once, when it is taken or contradicted, and not when the user goes elsewhere', () => {
    const gate = new Gate(0.7);
    for (let count = 0; count < 50; count++) {
      gate.show(hole('a'), { text: 'bc', probability: 0.75 });
      // The rest of the same one.
      gate.show(hole('ab'), { text: 'c', probability: 0.75 });
      gate.see(hole('other', 'place'));
      gate.show(hole('a'), { text: 'bc', probability: undefined });
      gate.see(hole('ax'));
      gate.see(hole('axy'));
    }
    assert.equal(gate.value, 0.7);
  });
});

describe('the word before the cursor', () => {
  const cases: readonly [prefix: string, word: string][] = [
    ['const tot', ' tot'],
    ['a = ', ' '],
    ['  ret', 'ret'],
    ['  ', ''],
    ['f(', ''],
    ['f(ab', 'ab'],
    ['x\nre', 're'],
    ['a.$b_1', '$b_1'],
    ['“ä', ''],
    // Numbers are no words, and neither is what no vocabulary has as one token.
    ['a = 42', ''],
    [`x ${'a'.repeat(100)}`, ''],
  ];
  for (const [prefix, word] of cases)
    test(JSON.stringify(prefix.slice(-20)), () => assert.equal(wordBefore({ prefix }), word));
});
