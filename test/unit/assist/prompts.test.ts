import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatMessage, parseMessage } from '../../../src/assist/attachment.ts';
import { buildChatMessages, buildEditMessages, CHAT_SYSTEM_PROMPT } from '../../../src/assist/index.ts';
import fc from '../../support/fastCheck.ts';

describe('buildChatMessages', () => {
  test('only a question', () => {
    assert.deepEqual(buildChatMessages({ history: [], prompt: 'What is a closure?', references: [] }), [
      { role: 'system', content: CHAT_SYSTEM_PROMPT },
      { role: 'user', content: 'What is a closure?' },
    ]);
  });

  test('history stands between the system prompt and the question', () => {
    const history = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello!' },
    ] as const;
    const messages = buildChatMessages({ system: 'Be brief.', history, prompt: 'Go on', references: [] });
    assert.deepEqual(messages, [
      { role: 'system', content: 'Be brief.' },
      ...history,
      { role: 'user', content: 'Go on' },
    ]);
    assert.equal(buildChatMessages({ system: '', history, prompt: 'x', references: [] }).length, 3);
  });

  test('code stands before the question, the selection last', () => {
    const messages = buildChatMessages({
      history: [],
      prompt: 'Explain it.',
      references: [{ label: 'src/a.ts', languageId: 'typescript', text: 'let a;\n' }],
      selection: { label: 'src/b.ts', languageId: 'typescript', text: 'let b;\nlet c;', startLine: 7 },
    });
    assert.equal(
      messages[1]?.content,
      [
        'src/a.ts:\n```typescript\nlet a;\n```',
        'Selected code, src/b.ts, lines 7 to 8:\n```typescript\nlet b;\nlet c;\n```',
        'Explain it.',
      ].join('\n\n'),
    );
  });

  test('the fence is longer than any in the code', () => {
    const text = 'Text\n````md\n```ts\n```\n````';
    const messages = buildChatMessages({ history: [], prompt: 'x', references: [{ label: 'a.md', text }] });
    assert.equal(messages[1]?.content, `a.md:\n\`\`\`\`\`\n${text}\n\`\`\`\`\`\n\nx`);
  });
});

describe('buildEditMessages', () => {
  const prompt = { instruction: ' add types ', languageId: 'typescript', label: 'src/a.ts' };

  test('the lines around, the selected code, the instruction and the form of the answer', () => {
    const messages = buildEditMessages({ ...prompt, lines: ['b'], before: ['a'], after: ['c', ''] });
    assert.equal(messages[0]?.role, 'system');
    assert.equal(
      messages[1]?.content,
      [
        'Code before, do not repeat it:\n```typescript\na\n```',
        'Code after, do not repeat it:\n```typescript\nc\n\n```',
        'Selected code, src/a.ts:\n```typescript\nb\n```',
        'add types\nAnswer with one fenced code block and nothing else.',
      ].join('\n\n'),
    );
  });

  test('another instruction about the answer goes on from it', () => {
    const earlier = [{ instruction: 'add types', lines: ['b: B'] }];
    const context = { lines: ['b'], before: [], after: [] };
    const first = buildEditMessages({ ...prompt, ...context });
    const messages = buildEditMessages({ ...prompt, ...context, instruction: 'and export', earlier });
    assert.deepEqual(messages, [
      ...first,
      { role: 'assistant', content: '```typescript\nb: B\n```' },
      { role: 'user', content: 'and export\nAnswer with one fenced code block and nothing else.' },
    ]);
  });

  test('nothing around, nothing selected', () => {
    const messages = buildEditMessages({ ...prompt, lines: [''], before: [], after: ['', ''] });
    assert.equal(
      messages[1]?.content,
      'Write new lines for src/a.ts (typescript).\nadd types\nAnswer with one fenced code block and nothing else.',
    );
  });
});

describe('attachments', () => {
  test('what is written is read back', () => {
    const word = fc.constantFrom('', 'a:', '```', '````', '~~~', '```ts', ' x', 'Code before', '[', '\t');
    const attachment = fc.record(
      {
        title: fc.constantFrom('a.ts', 'Selected code, b', 'x:y', '```'),
        languageId: fc.constantFrom('', 'ts', 'c++'),
        lines: fc.array(word, { maxLength: 6 }),
      },
      { noNullPrototype: true },
    );
    const question = fc.string().filter((text) => !text.includes('\n'));
    fc.assert(
      fc.property(fc.array(attachment, { maxLength: 3 }), question, (attachments, text) => {
        const parts = { attachments, question: text };
        assert.deepEqual(parseMessage(formatMessage(parts)), parts);
      }),
    );
  });

  test('any other text is a question', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ':', '\n', '`', '```\n', ':\n```') }), (content) => {
        const parts = parseMessage(content);
        if (parts.attachments.length === 0) assert.equal(parts.question, content);
      }),
    );
    assert.deepEqual(parseMessage('Why does this fail:\n```ts\nx'), {
      attachments: [],
      question: 'Why does this fail:\n```ts\nx',
    });
  });
});
