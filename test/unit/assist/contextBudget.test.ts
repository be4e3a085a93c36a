import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  buildChatMessages,
  buildEditMessages,
  type FittedMessages,
  fitMessages,
} from '../../../src/assist/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import type { ChatMessage } from '../../../src/inference/index.ts';
import fc from '../../support/fastCheck.ts';

/** A tokenizer of words and line ends. */
const countTokens = async (text: string): Promise<number> => text.match(/\S+|\n/g)?.length ?? 0;

const words = (count: number, word = 'word'): string => Array.from({ length: count }, () => word).join(' ');
const file = (label: string, lines: number): { label: string; text: string } => ({
  label,
  text: Array.from({ length: lines }, (_, index) => `line ${index + 1}`).join('\n'),
});

/** The omissions, as people read them. */
function texts({ dropped }: FittedMessages): string[] {
  return dropped.map(({ text }) => text);
}

async function tokensOf(messages: readonly ChatMessage[]): Promise<number> {
  const counts = await Promise.all(messages.map(({ content }) => countTokens(content)));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('fitMessages', () => {
  test('what fits stays as it is', async () => {
    const messages = buildChatMessages({ history: [], prompt: 'Hello', references: [file('a.ts', 10)] });
    const fitted = await fitMessages(messages, { contextTokens: 1_000, answerTokens: 400, countTokens });
    assert.deepEqual(fitted, { messages, dropped: [] });
  });

  test('the oldest turns are left out first, with their answers', async () => {
    const history = Array.from({ length: 6 }, (_, turn): ChatMessage[] => [
      { role: 'user', content: `question ${turn} ${words(50)}` },
      { role: 'assistant', content: `answer ${turn} ${words(50)}` },
    ]).flat();
    const messages = buildChatMessages({ history, prompt: 'And now?', references: [file('a.ts', 20)] });
    const fitted = await fitMessages(messages, { contextTokens: 700, answerTokens: 200, countTokens });
    assert.deepEqual(texts(fitted), ['8 earlier messages of the conversation']);
    assert.deepEqual(fitted.messages, [messages[0], ...messages.slice(9)]);
    assert.equal(fitted.messages[1]?.role, 'user');
  });

  test('then lines of the largest attachment, and the message says so', async () => {
    const messages = buildChatMessages({
      history: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hello!' },
      ],
      prompt: 'What is wrong?',
      references: [file('small.ts', 5), file('large.ts', 300)],
    });
    const fitted = await fitMessages(messages, { contextTokens: 600, answerTokens: 100, countTokens });
    const content = fitted.messages.at(-1)?.content ?? '';
    const missing = /\[… (\d+) lines left out …\]/.exec(content)?.[1];
    assert.deepEqual(texts(fitted), [
      '2 earlier messages of the conversation',
      `${missing} of 300 lines of “large.ts”`,
    ]);
    assert.match(content, /small\.ts:\n```\nline 1\nline 2\nline 3\nline 4\nline 5\n```/);
    assert.match(content, /large\.ts:\n```\nline 1\nline 2\n/);
    assert.match(content, /\n\nWhat is wrong\?$/);
    // As much as possible is kept: one more line is three tokens.
    const used = await tokensOf(fitted.messages);
    assert.ok(used <= 600 - 100 - 48 - 24 && used > 600 - 100 - 48 - 24 - 6, String(used));
  });

  test('an attachment of which nothing fits is left out', async () => {
    const messages = buildChatMessages({
      history: [],
      prompt: 'Hello',
      references: [{ label: 'min.js', text: words(5_000) }],
    });
    const fitted = await fitMessages(messages, { contextTokens: 400, answerTokens: 100, countTokens });
    assert.deepEqual(texts(fitted), ['1 of 1 line of “min.js”']);
    assert.equal(fitted.messages.at(-1)?.content, 'Hello');
  });

  test('of the lines around an edit those next to it are kept, and the selected code is whole', async () => {
    const numbered = (name: string): string[] => Array.from({ length: 60 }, (_, index) => `${name} ${index}`);
    const lines = numbered('selected');
    const messages = buildEditMessages({
      instruction: 'Fix it',
      languageId: 'ts',
      label: 'a.ts',
      lines,
      before: numbered('before'),
      after: numbered('after'),
    });
    const fitted = await fitMessages(messages, { contextTokens: 500, answerTokens: 60, countTokens });
    const content = fitted.messages.at(-1)?.content ?? '';
    assert.ok(content.includes(lines.join('\n')));
    assert.equal(fitted.dropped.length, 2);
    assert.ok(!content.includes('before 0\n') && !content.includes('after 59\n'));
    const before = /before (\d+)\n```/.exec(content)?.[1];
    assert.ok(before === undefined || before === '59');
  });

  test('a question that alone is too long is refused, with both numbers', async () => {
    const messages = buildChatMessages({ history: [], prompt: words(900), references: [file('a.ts', 50)] });
    await assert.rejects(
      fitMessages(messages, { contextTokens: 800, answerTokens: 100, countTokens }),
      (error) => isModelError(error, 'context-overflow') && /9\d\d tokens.* 800 tokens/.test(error.message),
    );
  });

  test('an answer may be asked for that is longer than the context', async () => {
    const messages = buildChatMessages({ history: [], prompt: words(300), references: [] });
    const fitted = await fitMessages(messages, { contextTokens: 1_000, answerTokens: 4_000, countTokens });
    assert.deepEqual(texts(fitted), []);
    // More than half of the context: the answer is the shorter, the question is whole.
    const long = buildChatMessages({ history: [], prompt: words(700), references: [] });
    const fittedLong = await fitMessages(long, { contextTokens: 1_000, answerTokens: 4_000, countTokens });
    assert.deepEqual(fittedLong, { messages: long, dropped: [] });
  });

  test('any conversation: it fits, or nothing of it was left out in silence', async () => {
    const message = fc.record({
      role: fc.constantFrom('user' as const, 'assistant' as const),
      content: fc.nat(200).map((count) => words(count)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 3 }),
        fc.integer({ min: 100, max: 1_200 }),
        async (history, files, contextTokens) => {
          const references = files.map((lines, index) => file(`f${index}`, lines));
          const messages = buildChatMessages({ history, prompt: 'Why?', references });
          const fitted = await fitMessages(messages, { contextTokens, answerTokens: 50, countTokens }).catch(
            (error: unknown) => {
              assert.ok(isModelError(error, 'context-overflow'), String(error));
              return undefined;
            },
          );
          if (fitted === undefined) return;
          assert.ok((await tokensOf(fitted.messages)) <= contextTokens - 32);
          assert.equal(fitted.messages[0], messages[0]);
          assert.match(fitted.messages.at(-1)?.content ?? '', /Why\?$/);
          const changed =
            fitted.messages.length !== messages.length || fitted.messages.at(-1) !== messages.at(-1);
          assert.equal(fitted.dropped.length > 0, changed);
        },
      ),
      { numRuns: 60 },
    );
  });

  describe('a conversation with tools', () => {
    const call = (id: string): ChatMessage => ({
      role: 'assistant',
      content: '',
      toolCalls: [{ id, name: 'read_file', arguments: { path: 'a.ts' } }],
    });
    const result = (callId: string, count: number): ChatMessage => ({
      role: 'tool',
      content: Array.from({ length: count }, (_, line) => `line ${line} ${words(4)}`).join('\n'),
      callId,
    });
    const question: ChatMessage = { role: 'user', content: 'Fix it.' };

    test('results before the last calls are shortened first, the same ones at the next request', async () => {
      const messages = [question, call('1'), result('1', 60), call('2'), result('2', 60)];
      const budget = { contextTokens: 900, answerTokens: 200, countTokens };
      const fittedMessages = await fitMessages(messages, budget);
      const { messages: fitted } = fittedMessages;
      assert.deepEqual(texts(fittedMessages), ['parts of 1 earlier results of tools']);
      assert.match(fitted[2]?.content ?? '', /\n\[… the rest was left out …\]$/);
      assert.equal(fitted[4], messages[4]);
      const next = await fitMessages([...messages, call('3'), result('3', 5)], budget);
      assert.deepEqual(next.messages.slice(0, 4), fitted.slice(0, 4));
    });

    test('then lines of the latest result', async () => {
      const messages = [question, call('1'), result('1', 300)];
      const { messages: fitted, dropped } = await fitMessages(messages, {
        contextTokens: 900,
        answerTokens: 200,
        countTokens,
      });
      assert.match(String(dropped.map(({ text }) => text)), /^\d+ of 300 lines of “the result of a tool”$/);
      assert.match(fitted[2]?.content ?? '', /^line 0[\s\S]*lines left out …\]$/);
      assert.equal((fitted[2] as { callId?: string }).callId, '1');
    });

    test('calls and tools take room', async () => {
      const messages = [question, call('1'), result('1', 10)];
      const budget = { contextTokens: 240, answerTokens: 40, countTokens };
      assert.deepEqual((await fitMessages(messages, budget)).dropped, []);
      const { dropped } = await fitMessages(messages, { ...budget, toolTokens: 60 });
      assert.match(String(dropped.map(({ text }) => text)), /lines of “the result of a tool”/);
    });

    test('attachments of VS Code’s own chat lose lines, and what is around them stays', async () => {
      const lines = Array.from({ length: 200 }, (_, line) => `line ${line}`).join('\n');
      const content = `<attachments>\n<attachment filePath="/a.ts">\n${lines}\n</attachment>\n</attachments>\n<userRequest>\nFix it.\n</userRequest>`;
      const { messages: fitted, dropped } = await fitMessages([{ role: 'user', content }], {
        contextTokens: 500,
        answerTokens: 100,
        countTokens,
      });
      assert.match(String(dropped.map(({ text }) => text)), /^\d+ of 200 lines of “\/a\.ts”$/);
      assert.match(
        fitted[0]?.content ?? '',
        /^<attachments>\n<attachment filePath="\/a\.ts">\nline 0\n[\s\S]*left out …\]\n<\/attachment>\n<\/attachments>\n<userRequest>\nFix it\.\n<\/userRequest>$/,
      );
    });
  });
});
