/** Drafts from the code that an answer copies, and threads by the load of the machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PromptLookup } from '../../../../../src/engine/llama/host/generation/promptLookup.ts';
import {
  type CpuTimes,
  Threads,
  threadsFor,
} from '../../../../../src/engine/llama/host/generation/threads.ts';
import { randomFrom } from '../../../../support/random.ts';
import { testSeed } from '../../../../support/seed.ts';

/** Batches that are needed for an answer if each position of a draft is checked. */
function decodes(source: readonly number[], answer: readonly number[]): number {
  const lookup = new PromptLookup(source);
  let count = 0;
  for (let at = 0; at < answer.length; count++) {
    const draft = lookup.draft(Number.MAX_SAFE_INTEGER);
    let right = 0;
    while (right < draft.length && draft[right] === answer[at + right]) right++;
    for (const token of answer.slice(at, at + right + 1)) lookup.push(token);
    lookup.checked(draft.length, right, 1 + draft.length / 4);
    at += right + 1;
  }
  return count;
}

describe('drafts from the prompt', () => {
  const random = randomFrom(testSeed(11));
  const code = Array.from({ length: 400 }, () => Math.floor(random() * 1000));

  test('need less than a sixth of the batches for a copy, and a third with changes in a tenth of the lines', () => {
    assert.ok(decodes(code, code) < code.length / 6);
    const changed = code.flatMap((token, index) =>
      index % 80 === 40 ? [5000 + index, 5001 + index] : [token],
    );
    assert.ok(decodes(code, changed) < changed.length / 3, `${decodes(code, changed)} of ${changed.length}`);
  });

  test('are not made where nothing is copied', () => {
    const other = code.map((token) => token + 10_000);
    assert.equal(decodes(code, other), other.length);
    assert.equal(decodes([], other), other.length);
  });

  test('go on behind the place that was left, where lines are alike', () => {
    const line = [1, 2, 3, 4, 5, 6];
    const source = [...line, 100, ...line, 200, ...line, 300];
    assert.ok(decodes(source, source) <= 8);
  });

  /**
   * Drafts an answer of which `right` tokens of each draft are right.
   * @param positionMs time of a further position in a batch, of which the first takes 10 ms.
   * @returns the drafted tokens.
   */
  function draftedAt(positionMs: number, right: number): number {
    const source = Array.from({ length: 600 }, (_, index) => index % 12);
    const lookup = new PromptLookup(source);
    let drafted = 0;
    for (let token = 0; token < 3000; token++) {
      const draft = lookup.draft(12);
      drafted += draft.length;
      lookup.checked(draft.length, Math.min(draft.length, right), 10 + draft.length * positionMs);
      lookup.push(token % 12);
    }
    return drafted;
  }

  test('are given up for an answer in which they cost more than they save', () => {
    for (const drafted of [draftedAt(6, 3), draftedAt(1, 0)])
      assert.ok(drafted >= 64 && drafted < 80, `${drafted}`);
    for (const drafted of [draftedAt(6, 6), draftedAt(1, 3)]) assert.ok(drafted > 3000, `${drafted}`);
  });

  test('fill the rows that a processor multiplies at once', () => {
    const lookup = new PromptLookup(code);
    for (const token of code.slice(0, 10)) lookup.push(token);
    const lengths = [0, 1, 2, 3, 5, 6, 7, 9, 30].map((room) => lookup.draft(room).length);
    assert.deepEqual(lengths, [0, 0, 0, 3, 3, 3, 7, 7, 7]);
    lookup.checked(7, 7, 1);
    assert.equal(lookup.draft(30).length, 15);
    // The end of the source.
    for (const token of code.slice(10, 398)) lookup.push(token);
    assert.deepEqual(lookup.draft(30), []);
  });

  test('keep to the room', () => {
    const lookup = new PromptLookup(code);
    for (const token of code.slice(0, 10)) lookup.push(token);
    assert.deepEqual(lookup.draft(4), code.slice(10, 13));
    assert.deepEqual(lookup.draft(0), []);
  });
});

describe('threads', () => {
  const at = (ms: number, idle: number, own: number): CpuTimes => ({ at: ms, idle, own });

  test('are all cores while the machine is idle apart from us, and all but one while not', () => {
    const before = at(0, 10_000, 500);
    // Two cores for a second: ours and idle make the two.
    assert.equal(threadsFor(2, before, at(1000, 10_100, 2350)), 2);
    assert.equal(threadsFor(2, before, at(1000, 12_000, 500)), 2);
    // Another program takes one of them.
    assert.equal(threadsFor(2, before, at(1000, 10_050, 1450)), 1);
    assert.equal(threadsFor(8, before, at(1000, 12_000, 3500)), 7);
    assert.equal(threadsFor(1, before, at(1000, 10_000, 600)), 1);
    // Of a larger machine we may use a part.
    assert.equal(threadsFor(2, before, at(1000, 40_000, 700)), 2);
  });

  test('are what the user wants, whatever the load', () => {
    const llama = { maxThreads: 0 };
    const threads = new Threads(llama, 8, 3, () => at(0, 0, 0));
    threads.adjust();
    assert.deepEqual([llama.maxThreads, threads.cores], [3, 3]);
  });

  test('are all cores if the system does not tell its load', () => {
    assert.equal(threadsFor(4, at(0, 0, 0), at(1000, 0, 100)), 4);
  });
});
