import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestFileEdits } from '../../../src/assist/index.ts';
import type { ChatRequest } from '../../../src/inference/index.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';
import { FILES_REPLY } from '../../support/toyReplies.ts';

const MATH = {
  path: 'math.ts',
  languageId: 'typescript',
  lines: ['export function subtract(a, b) {', '  return a + b;', '}', ''],
};

async function asked(reply: string, contextTokens = 2_048, file = MATH) {
  const engine = new ScriptedEngine({ answer: [{ type: 'text', text: reply }], contextTokens });
  await engine.load({ kind: 'file', path: 'a.gguf' });
  const requests: ChatRequest[] = [];
  const { chat } = engine;
  engine.chat = (request, options) => {
    requests.push(request);
    return chat(request, options);
  };
  const focus = { path: 'math.ts', first: 1, last: 3 };
  const requested = await requestFileEdits(
    { instruction: 'Fix the bug.', files: [file], focus },
    { engine, contextTokens, defaults: {} },
    { signal: new AbortController().signal, onDropped: (what) => assert.fail(what) },
  );
  return { edits: requested?.edits, prompt: requests[0]?.messages.at(-1)?.content ?? '' };
}

describe('a request for changes of files', () => {
  test('shows the files before the instruction and the lines that it is about', async () => {
    const { prompt } = await asked(FILES_REPLY);
    assert.match(prompt, /^math\.ts:\n```typescript\nexport function/);
    assert.match(prompt, /```\n\nFix the bug\.\nIt is about lines 1 to 3 of math\.ts\.$/);
  });

  test('has all changes of the answer', async () => {
    const { edits } = await asked(FILES_REPLY);
    assert.equal(edits?.kind, 'edits');
    const changed = [...(edits?.kind === 'edits' ? edits.edits : [])].sort((a, b) =>
      a.path < b.path ? -1 : 1,
    );
    assert.deepEqual(changed, [
      {
        path: 'math.ts',
        isNew: false,
        lines: ['export function subtract(a, b) {', '  return a - b;', '}', ''],
      },
      { path: 'sum.ts', isNew: true, lines: ['export const sum = 1;'] },
    ]);
  });

  test('has none of them if one does not fit', async () => {
    const { edits } = await asked(FILES_REPLY.replace('a + b', 'a * b * c'));
    assert.equal(edits?.kind, 'refused');
    assert.match(
      edits?.kind === 'refused' ? edits.reason : '',
      /not there.*closest one is “ *return a \+ b;”/,
    );
  });

  test('is refused rather than asked with a part of a file', async () => {
    await assert.rejects(asked(FILES_REPLY, 96), { code: 'context-overflow' });
    const lines = Array.from({ length: 600 }, (_, index) => `const line${index} = ${index};`);
    // The question alone would fit.
    await assert.rejects(asked(FILES_REPLY, 2_048, { ...MATH, lines }), { code: 'context-overflow' });
  });
});
