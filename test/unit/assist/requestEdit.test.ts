import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EditTask, requestEdit } from '../../../src/assist/index.ts';
import type { AnswerEvent, ChatRequest } from '../../../src/inference/index.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

/** Beginning of the block, the answer behind it, and the lines that it becomes; it is refused if there are none. */
type Again = readonly [
  what: string,
  languageId: string,
  original: readonly string[],
  around: Partial<EditTask>,
  start: string | undefined,
  text: string,
  lines?: readonly string[],
];

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

describe('a small model that is asked again', () => {
  const around = { before: TASK.before, after: TASK.after };
  const method = {
    before: ['class A:', '    def f(self):', '        return 1'],
    after: [],
    indentation: '    ',
  };
  const list = { before: ['a:', '  - b'], after: ['c: 1'] };
  const cases: readonly Again[] = [
    ['goes on', 'typescript', TASK.original, around, '```ts\n  return', ' a - b;\n', ['  return a - b;']],
    ['repeats the word', 'typescript', TASK.original, around, '```ts\n  return', ' return a - b;\n'],
    ['repeats it at once', 'typescript', TASK.original, around, '```ts\n  return', 'return a - b;\n'],
    ['repeats the line', 'typescript', TASK.original, around, '```ts\n  return', '  return a - b;\n'],
    ['repeats it below', 'typescript', TASK.original, around, '```ts\n  return', '\n  return a - b;\n'],
    ['says no more', 'typescript', TASK.original, around, '```ts\n  return', '\n'],
    ['writes other lines', 'typescript', TASK.original, around, '```ts\n  return', '  let c;\n  return c;\n'],
    [
      'writes others at once',
      'typescript',
      TASK.original,
      around,
      '```ts\n  return',
      ' let c;\n  return c;\n',
    ],
    ['writes a function', 'typescript', TASK.original, around, '```ts\n  return', 'function f() {\n}\n'],
    ['talks', 'typescript', TASK.original, around, '```ts\n  return', ' the difference of a and b.\n'],
    ['talks on', 'typescript', TASK.original, around, '```ts\n  return', ' the difference of a and b\n'],
    [
      'marks changes',
      'typescript',
      TASK.original,
      around,
      '```ts\n  return',
      '<<<<<<< SEARCH\n  a\n=======\n',
    ],
    ['closes twice', 'typescript', TASK.original, around, undefined, '```\n'],
    ['has fences in a line', 'go', ['\treturn a + b'], {}, '```go\n\treturn', '```ts```ts\n'],
    ['repeats a key', 'json', ['  "a": 1,'], {}, '```json\n  "a', '"a": 2,\n'],
    ['repeats a name', 'json', ['  "a": 1,'], {}, '```json\n  "a', 'a": 2,\n'],
    ['goes on with a key', 'json', ['  "a": 1,'], {}, '```json\n  "a', '": 2,\n', ['  "a": 2,']],
    ['talks in data', 'yaml', ['name: x'], {}, '```yaml\nname', ' is now y\n'],
    ['repeats a tag', 'html', ['<p class="a">b</p>'], {}, '```html\n<p', '<p class="c">b</p>\n'],
    ['goes on with a tag', 'html', ['<p>b</p>'], {}, '```html\n<p', '>c</p>\n', ['<p>c</p>']],
    ['forgets a tag', 'html', ['<p>b</p>'], {}, '```html\n<p', ' A text.</p>\n'],
    ['has no word', 'typescript', ['  return;'], around, '```ts\n ', ' return 1;\n', ['  return 1;']],
    ['has one word', 'markdown', ['- item'], {}, '````markdown\n', '- other\n`', ['- other']],
    ['goes on', 'python', ['größe = 1'], {}, '```python\ngröße', ' = 2\n', ['größe = 2']],
    ['goes on', 'python', ['变量 = 1'], {}, '```python\n变量', ' = 2\n', ['变量 = 2']],
    [
      'opens a block',
      'python',
      ['except ValueError as error:'],
      {},
      '```python\nexcept',
      ' TypeError as error:\n',
      ['except TypeError as error:'],
    ],
    [
      'has its own indentation',
      'python',
      [''],
      method,
      undefined,
      '    def g(self):\n        return 2\n',
      ['    def g(self):', '        return 2'],
    ],
    ['writes from the margin', 'python', [''], method, undefined, ' def g(self):\n    return 2\n'],
    ['has an empty body', 'python', [''], method, undefined, ' def g(self):\n        return 2\n'],
    ['leaves the list', 'yaml', [''], list, undefined, '- e\n'],
    ['has its own indentation', 'yaml', [''], list, undefined, '  - e\n  - f\n', ['  - e', '  - f']],
  ];
  for (const [what, languageId, original, more, start, text, lines] of cases) {
    test(`${what}: ${languageId}, ${JSON.stringify(text)}`, async () => {
      const texts = [' I cannot do that, sorry.', `${text}\`\`\`\n`];
      const task = { ...TASK, before: [], after: [], ...more, languageId, original };
      const { requests, seen, requested } = await twice(texts, 90_000_000, task);
      if (start !== undefined) assert.equal(requests[1]?.messages.at(-1)?.content, start);
      if (lines !== undefined) assert.deepEqual(requested?.edit, { kind: 'lines', lines, notes: [] });
      else assert.equal(requested?.edit.kind, 'refused');
      if (lines === undefined && start !== undefined) assert.deepEqual(seen.at(-1), []);
    });
  }
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
async function twice(texts: readonly string[], sizeBytes: number, task: EditTask = TASK) {
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
    task,
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
