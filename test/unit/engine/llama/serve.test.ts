/** When the events of a request leave the host. */
import assert from 'node:assert/strict';
import { Duplex, PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { openChannel } from '../../../../src/engine/llama/channel.ts';
import { serve } from '../../../../src/engine/llama/host/serve.ts';
import { until } from '../../../support/until.ts';

/** Returns the messages of each write. */
function messagesOf(writes: readonly Buffer[]): unknown[][] {
  return writes.map((bytes) => {
    const messages: unknown[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      messages.push(JSON.parse(bytes.subarray(at + 4, end).toString('utf8')));
      at = end;
    }
    return messages;
  });
}

test('the first event of a kind leaves at once, and those behind it together', async () => {
  const writes: Buffer[] = [];
  const toHost = new PassThrough();
  const writable = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      writes.push(bytes);
      done();
    },
  });
  const progress = { evaluatedTokens: 1, totalTokens: 2 };
  const [first, ...more] = ['a', 'b', 'c'].map((text) => ({ text, answerTokens: 1 }));
  const handler = {
    name: 'chat',
    run: async (_params: unknown, { emit }: { emit(event: unknown): void }) => {
      for (const event of [progress, progress, first, ...more]) emit(event);
      return {};
    },
  };
  serve(Duplex.from({ readable: toHost, writable }), [handler], { onEnd: () => {} });
  const caller = openChannel(Duplex.from({ readable: new PassThrough(), writable: toHost }), {
    onMessage: () => {},
    onEnd: () => {},
  });
  caller.send({ id: 1, call: 'chat', params: {} });
  await until(() => JSON.stringify(messagesOf(writes)).includes('result'));
  const [, ...own] = messagesOf(writes);
  const event = (value: unknown) => ({ id: 1, event: value });
  assert.deepEqual(own, [
    [event(progress)],
    [event(progress), event(first)],
    [...more.map(event), { id: 1, result: {} }],
  ]);
});
