import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestEdit } from '../../../src/assist/index.ts';
import type { AnswerEvent } from '../../../src/inference/index.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

const TASK = {
  instruction: 'Fix the bug.',
  languageId: 'typescript',
  label: 'math.ts',
  indentation: '  ',
  original: ['  return a + b;'],
  before: ['function subtract(a, b) {'],
  after: ['}'],
};

async function asked(pieces: readonly string[], onLines?: (lines: readonly string[]) => void) {
  const answer = pieces.map((text): AnswerEvent => ({ type: 'text', text }));
  const engine = new ScriptedEngine({ answer, contextTokens: 2_048 });
  await engine.load({ kind: 'file', path: 'a.gguf' });
  const ready = { engine, contextTokens: 2_048, defaults: {} };
  const more = onLines === undefined ? {} : { onLines };
  return requestEdit(TASK, ready, {
    signal: new AbortController().signal,
    limitTokens: 100,
    onDropped: (what) => assert.fail(what),
    ...more,
  });
}

describe('a request for an edit', () => {
  const pieces = ['  return a ', '- b;\n', '```', '\n', 'I changed ', 'the sign.'];

  test('has the lines of the block that was opened for the model', async () => {
    const requested = await asked(pieces);
    assert.deepEqual(requested?.edit, { kind: 'lines', lines: ['  return a - b;'], notes: [] });
  });

  test('ends where the block closes', async () => {
    assert.equal((await asked(pieces))?.answer.stopReason, 'cancelled');
  });

  test('gives the same with somebody who looks on', async () => {
    const seen: (readonly string[])[] = [];
    const requested = await asked(pieces, (lines) => seen.push([...lines]));
    assert.equal(requested?.edit.kind, 'lines');
    assert.deepEqual(seen.at(-1), ['  return a - b;']);
  });
});
