/** The images of a conversation that a model is given. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fitImages } from '../../../src/assist/images.ts';
import { fitMessages } from '../../../src/assist/index.ts';
import {
  type ChatMessage,
  IMAGE_TOKENS,
  imagesOf,
  imageTypeOf,
  type UserMessage,
} from '../../../src/inference/index.ts';

/** A PNG by its first bytes. */
function png(length: number, name?: string) {
  const bytes = new Uint8Array(length);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return { mediaType: 'image/bmp', bytes, name };
}

function ask(content: string, ...images: ReturnType<typeof png>[]): UserMessage {
  return { role: 'user', content, images };
}

const ANSWER: ChatMessage = { role: 'assistant', content: 'I see.' };

function names(messages: readonly ChatMessage[]): unknown[] {
  return messages.map((message) => (message.role === 'user' ? message.images?.map(lengthOf) : undefined));
}

function lengthOf({ bytes }: { readonly bytes: Uint8Array }): number {
  return bytes.length;
}

describe('images', () => {
  test('are told by their first bytes', () => {
    const start = (hex: string) => imageTypeOf(Buffer.from(hex, 'hex'));
    assert.equal(start('89504e470d0a1a0a0000'), 'image/png');
    assert.equal(start('ffd8ffe1'), 'image/jpeg');
    assert.equal(start('474946383761'), 'image/gif');
    assert.equal(start('474946383961ff'), 'image/gif');
    assert.equal(start('52494646aabbccdd57454250'), 'image/webp');
    for (const other of ['', '89504e47', '424d', '474946383861', '52494646aabbccdd57415645'])
      assert.equal(start(other), undefined, other);
  });

  test('have their place from the latest on, and the earliest are left out by name', () => {
    const messages = [
      ask('1', png(9_000_000, 'a'), png(8_000_000, 'b')),
      ANSWER,
      ask('2', png(9_500_000, 'c')),
      ANSWER,
      ask('3', png(9_900_000, 'd')),
    ];
    const { messages: fitted, dropped, unseen } = fitImages(messages, true);
    assert.deepEqual(names(fitted), [[8_000_000], undefined, [9_500_000], undefined, [9_900_000]]);
    assert.deepEqual(dropped, ['a, because the images of this conversation take more than 30.0 MB together']);
    assert.equal(unseen, undefined);
    assert.equal((fitted[4] as UserMessage).images?.[0]?.mediaType, 'image/png');
  });

  test('that are not seen are told when a question begins, and not again after each call of a tool', () => {
    const call: ChatMessage = { role: 'assistant', content: '', toolCalls: [] };
    const result: ChatMessage = { role: 'tool', content: 'R', callId: '1' };
    const question = ask('1', png(9, 'a'), png(9));
    const first = fitImages([question], false);
    assert.deepEqual(first.messages, [{ role: 'user', content: '1' }]);
    assert.match(first.unseen ?? '', /answers without a, an image\. Choose a model/);
    const second = fitImages([question, call, result], false);
    assert.deepEqual(second.messages, [{ role: 'user', content: '1' }, call, result]);
    assert.deepEqual([second.unseen, second.dropped], [undefined, []]);
  });

  test('of results of tools are given or said like those of questions, the latest results’ only', () => {
    const call: ChatMessage = { role: 'assistant', content: '', toolCalls: [] };
    const result = (callId: string, name: string): ChatMessage => {
      return { role: 'tool', content: 'R', callId, images: [png(9, name)] };
    };
    const messages = [
      ask('1', png(9, 'a')),
      call,
      result('1', 'b'),
      call,
      result('2', 'c'),
      result('3', 'd'),
    ];
    const { messages: given, unseen } = fitImages(messages, true);
    assert.deepEqual(
      given.map((message) => imagesOf(message).map(({ mediaType }) => mediaType)),
      [['image/png'], [], ['image/png'], [], ['image/png'], ['image/png']],
    );
    assert.equal(unseen, undefined);
    const blind = fitImages(messages, false);
    assert.ok(blind.messages.every((message) => !('images' in message)));
    assert.match(blind.unseen ?? '', /answers without c, d\. Choose a model/);
  });

  test('take room in the context, which earlier turns make for them', async () => {
    const earlier: ChatMessage[] = [{ role: 'user', content: 'word '.repeat(400) }, ANSWER];
    const budget = {
      contextTokens: 2_048,
      answerTokens: 100,
      countTokens: async (text: string) => text.split(' ').length,
    };
    const asked = ask('What is this?', png(9));
    assert.deepEqual((await fitMessages([...earlier, asked], budget)).dropped, []);
    const two = ask('What is this?', png(9), png(9));
    await assert.rejects(fitMessages([two], budget), {
      code: 'context-overflow',
      message: /with its images takes about .* Attach fewer images/,
    });
    const long = { ...two, content: 'word '.repeat(5_000) };
    await assert.rejects(fitMessages([long], budget), { code: 'context-overflow', message: /fewer words/ });
    const wide = { ...budget, contextTokens: 2 * IMAGE_TOKENS + 400 };
    const { messages, dropped } = await fitMessages([...earlier, two], wide);
    assert.deepEqual([messages, dropped.length], [[two], 1]);
  });
});
