import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requestEdit } from '../../../src/assist/index.ts';
import type { AnswerEvent, ChatRequest } from '../../../src/inference/index.ts';
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
    assert.equal((await asked(pieces))?.answers[0].stopReason, 'cancelled');
  });

  test('gives the same with somebody who looks on', async () => {
    const seen: (readonly string[])[] = [];
    const requested = await asked(pieces, (lines) => seen.push([...lines]));
    assert.equal(requested?.edit.kind, 'lines');
    assert.deepEqual(seen.at(-1), ['  return a - b;']);
  });
});

describe('a request to a small model', () => {
  /** @returns the request for lines, and what the answer becomes. */
  async function small(original: readonly string[], text: string) {
    const engine = new ScriptedEngine({ answer: [{ type: 'text', text }], contextTokens: 2_048 });
    await engine.load({ kind: 'file', path: 'a.gguf' });
    const requests: ChatRequest[] = [];
    const { chat } = engine;
    engine.chat = (request, options) => {
      requests.push(request);
      return chat(request, options);
    };
    const ready = { engine, contextTokens: 2_048, sizeBytes: 90_000_000, defaults: {} };
    const requested = await requestEdit({ ...TASK, original }, ready, {
      signal: new AbortController().signal,
      limitTokens: 100,
      onDropped: (what) => assert.fail(what),
    });
    return { messages: requests[0]?.messages ?? [], edit: requested?.edit };
  }

  test('begins with the indentation of the lines, and shows none around them', async () => {
    const { messages, edit } = await small(TASK.original, ' return a - b;\n```\n');
    assert.equal(messages.at(-1)?.content, '```ts\n ');
    assert.ok(messages.every(({ content }) => !content.includes('function subtract')));
    assert.deepEqual(edit, { kind: 'lines', lines: ['  return a - b;'], notes: [] });
  });

  test('goes on from the lines before new ones, which are no part of the answer', async () => {
    const { messages, edit } = await small([], '  return a - b;\n```\n');
    assert.equal(messages.at(-1)?.content, '```ts\nfunction subtract(a, b) {\n');
    assert.deepEqual(edit, { kind: 'lines', lines: ['  return a - b;'], notes: [] });
  });

  test('is made once more in another form if the answer is refused', async () => {
    const texts = [' I cannot do that, sorry.', ' a - b;\n```\n'];
    const { requests, seen, requested } = await twice(texts, 90_000_000);
    assert.deepEqual(
      requests.map(({ messages }) => messages.at(-1)?.content),
      ['```ts\n ', '```ts\n  return'],
    );
    assert.deepEqual(requested?.edit, { kind: 'lines', lines: ['  return a - b;'], notes: [] });
    assert.equal(requested?.answers.length, 2);
    assert.notDeepEqual(requests[0]?.messages, requests[1]?.messages);
    assert.deepEqual(seen.at(-1), ['  return a - b;']);
  });

  test('is not made a third time, and not to a large model', async () => {
    const texts = [' I cannot do that, sorry.', ' I still cannot do that.', ' return a - b;\n```\n'];
    const small = await twice(texts, 90_000_000);
    assert.equal(small.requests.length, 2);
    assert.equal(small.requested?.edit.kind, 'refused');
    assert.equal((await twice(texts, 4_000_000_000)).requests.length, 1);
  });
});

test('the latest instruction has the images, and what is left out of them is said once', async () => {
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const images = [png, Uint8Array.of(1)].map((bytes) => ({ mediaType: 'image/png', bytes }));
  const earlier = [{ instruction: 'Add.', lines: ['  return a + b;'] }];
  for (const vision of [true, false]) {
    const engine = new ScriptedEngine({ answer: [{ type: 'text', text: 'No.' }], contextTokens: 2_048 });
    await engine.load({ kind: 'file', path: 'a.gguf' });
    Object.assign(engine.loaded ?? {}, { vision });
    const said: string[] = [];
    const ready = { engine, contextTokens: 2_048, sizeBytes: 90_000_000, defaults: {} };
    const requested = await requestEdit({ ...TASK, earlier, images }, ready, {
      signal: new AbortController().signal,
      limitTokens: 100,
      onDropped: (what) => said.push(what),
      onUnseen: (sentence) => said.push(sentence),
    });
    assert.equal(requested?.answers.length, 2, 'it was asked twice');
    const sent = engine.chats.map(({ messages }) => {
      return messages.flatMap((message) => (message.role === 'user' ? [message.images?.length ?? 0] : []));
    });
    assert.deepEqual(
      sent,
      vision
        ? [
            [0, 1],
            [0, 1],
          ]
        : [
            [0, 0],
            [0, 0],
          ],
    );
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', vision ? /no PNG, JPEG/ : /does not see images.*an image, an image/);
  }
});

test('an answer in Markdown that may have text about it behind its blocks is refused', async () => {
  const answer: AnswerEvent[] = [{ type: 'text', text: '# B\n```\nls\n```\n\nRewrite the code: ls' }];
  const engine = new ScriptedEngine({ answer, contextTokens: 2_048 });
  await engine.load({ kind: 'file', path: 'a.gguf' });
  const task = {
    ...TASK,
    languageId: 'markdown',
    label: 'README.md',
    original: ['# A'],
    before: [],
    after: [],
  };
  const requested = await requestEdit(
    task,
    { engine, contextTokens: 2_048, defaults: {} },
    {
      signal: new AbortController().signal,
      limitTokens: 100,
      onDropped: (what) => assert.fail(what),
    },
  );
  assert.equal(requested?.edit.kind, 'refused');
});

/** Answers one request after the other. */
async function twice(texts: readonly string[], sizeBytes: number) {
  const requests: ChatRequest[] = [];
  const seen: (readonly string[])[] = [];
  const engine = new ScriptedEngine({ answer: [], contextTokens: 2_048 });
  await engine.load({ kind: 'file', path: 'a.gguf' });
  engine.chat = async (request, options) => {
    const text = texts[requests.length] ?? '';
    requests.push(request);
    const one = new ScriptedEngine({ answer: [{ type: 'text', text }], contextTokens: 2_048 });
    await one.load({ kind: 'file', path: 'a.gguf' });
    return one.chat(request, options);
  };
  const requested = await requestEdit(
    TASK,
    { engine, contextTokens: 2_048, sizeBytes, defaults: {} },
    {
      signal: new AbortController().signal,
      limitTokens: 100,
      onLines: (lines) => seen.push([...lines]),
      onDropped: (what) => assert.fail(what),
    },
  );
  return { requests, seen, requested };
}
