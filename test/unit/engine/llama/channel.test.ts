/** Messages keep their bounds however the bytes arrive. */
import assert from 'node:assert/strict';
import { Duplex, PassThrough, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { openChannel } from '../../../../src/engine/llama/channel.ts';
import { randomFrom } from '../../../support/random.ts';
import { SEED } from '../../../support/seed.ts';
import { until } from '../../../support/until.ts';

function sink(maxBytes?: number) {
  const incoming = new PassThrough();
  const stream = Duplex.from({ readable: incoming, writable: new PassThrough() });
  const messages: unknown[] = [];
  const ends: (string | undefined)[] = [];
  openChannel(
    stream,
    { onMessage: (message) => messages.push(message), onEnd: (flaw) => ends.push(flaw) },
    maxBytes === undefined ? {} : { maxBytes },
  );
  return { incoming, messages, ends };
}

function frames(messages: readonly unknown[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => {
      const body = Buffer.from(JSON.stringify(message));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      return [length, body];
    }),
  );
}

describe('a channel', () => {
  test('gives whole messages for pieces of any size', async () => {
    const random = randomFrom(SEED);
    const messages = Array.from({ length: 200 }, (_, index) => ({
      index,
      text: 'ä'.repeat(Math.floor(random() * 300)),
    }));
    const bytes = frames(messages);
    const { incoming, messages: received } = sink();
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(random() * 400);
      incoming.write(bytes.subarray(at, at + size));
      at += size;
    }
    await until(() => received.length === messages.length);
    assert.deepEqual(received, messages);
  });

  test('ends at a message that is too long, before its bytes arrive', async () => {
    const { incoming, messages, ends } = sink(1000);
    incoming.write(frames([{ first: 1 }]));
    incoming.write(Buffer.from([0, 0, 0x10, 0]));
    await until(() => ends.length > 0);
    assert.deepEqual([messages, ends], [[{ first: 1 }], ['it sent a message of 4096 bytes']]);
  });

  test('tells once that the other side is gone', async () => {
    const { incoming, ends } = sink();
    incoming.end();
    await until(() => ends.length > 0);
    assert.deepEqual(ends, [undefined]);
  });

  test('sends what the other side can read', async () => {
    const written = new PassThrough();
    const stream = Duplex.from({ readable: new PassThrough(), writable: written });
    const channel = openChannel(stream, { onMessage: () => {}, onEnd: () => {} });
    const messages = [{ text: 'Grüße 🙂' }, [1, 2], null];
    for (const message of messages) channel.send(message);
    const expected = frames(messages);
    await until(() => written.readableLength === expected.length);
    assert.deepEqual(written.read(), expected);
  });

  test('joins messages that may wait, in order, and the first and an urgent one do not', async () => {
    const writes: Buffer[] = [];
    const writable = new Writable({
      write: (bytes: Buffer, _encoding, done) => {
        writes.push(bytes);
        done();
      },
    });
    const stream = Duplex.from({ readable: new PassThrough(), writable });
    const channel = openChannel(stream, { onMessage: () => {}, onEnd: () => {} });
    const pieces = Array.from({ length: 40 }, (_, index) => ({ index }));
    for (const piece of pieces) channel.sendSoon(piece);
    await until(() => Buffer.concat(writes).length === frames(pieces).length);
    assert.deepEqual(writes, [frames(pieces.slice(0, 1)), frames(pieces.slice(1))]);

    writes.length = 0;
    channel.send('a');
    channel.sendSoon('b');
    channel.send('c');
    await until(() => writes.length === 2);
    assert.deepEqual(writes, [frames(['a']), frames(['b', 'c'])]);

    writes.length = 0;
    channel.sendSoon('d');
    channel.close();
    await until(() => writes.length === 1);
    assert.deepEqual(writes, [frames(['d'])]);
  });

  test('takes and keeps nothing after the end', async () => {
    const stream = Duplex.from({ readable: new PassThrough(), writable: new PassThrough() });
    const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
    const own = timers();
    let isEnded = false;
    const onEnd = (): void => {
      isEnded = true;
    };
    const channel = openChannel(stream, { onMessage: () => {}, onEnd });
    channel.send('a');
    channel.sendSoon('b');
    stream.destroy();
    await until(() => isEnded);
    // A message that the other side would not accept is taken by nobody.
    const large = 'x'.repeat(65 * 1024 * 1024);
    channel.sendSoon(large);
    channel.send(large);
    assert.equal(timers(), own);
  });
});
