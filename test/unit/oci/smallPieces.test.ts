/** Bodies that come in pieces of a byte: they take no more memory and no longer turns than others. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { JoinedPieces, sendWith } from '../../../src/oci/http/exchange.ts';
import type { AnswerBody } from '../../../src/oci/http/sender.ts';
import { randomBytes } from '../../support/random.ts';
import { MANIFEST_TYPE, serve } from './support.ts';

const MEGABYTE = 1_000_000;

interface Socket {
  readonly body: AnswerBody;
  /** Delivers a piece, in the one buffer that all pieces share. @returns false if the socket is paused. */
  readonly push: (piece: Buffer) => boolean;
  readonly end: () => void;
  readonly pauses: () => number;
}

/** A body whose pieces a test delivers. */
async function open(): Promise<Socket> {
  const shared = Buffer.alloc(256 * 1024);
  let paused = false;
  let pauses = 0;
  const controller = {
    get paused() {
      return paused;
    },
    pause() {
      paused = true;
      pauses++;
    },
    resume() {
      paused = false;
    },
    abort() {},
  } as unknown as Dispatcher.DispatchController;
  let handler: Dispatcher.DispatchHandler = {};
  const dispatcher = { dispatch: (_: unknown, given: Dispatcher.DispatchHandler) => (handler = given) };
  const url = new URL('http://r.example/');
  const answer = sendWith(dispatcher as unknown as Dispatcher, { method: 'GET', url, headers: {} });
  handler.onResponseStart?.(controller, 200, {}, 'OK');
  const { body } = await answer;
  return {
    body,
    push(piece) {
      piece.copy(shared);
      handler.onResponseData?.(controller, shared.subarray(0, piece.length));
      return !paused;
    },
    end: () => handler.onResponseEnd?.(controller, {}),
    pauses: () => pauses,
  };
}

describe('small pieces', () => {
  test('that wait are joined, in their order and whatever their sizes', () => {
    const content = randomBytes(900_000);
    for (const sizes of [[1], [1, 70_000, 2, 3], [65_535, 1, 1], [100_000], [1, 65_536, 1], [0, 5, 0]]) {
      const pieces = new JoinedPieces();
      let at = 0;
      for (let index = 0; at < content.length; index++) {
        const size = sizes[index % sizes.length] ?? 1;
        pieces.push(content.subarray(at, at + size));
        at = Math.min(content.length, at + size);
      }
      assert.equal(pieces.bytes, content.length);
      const first = pieces.shift() ?? Buffer.alloc(0);
      assert.ok(first.length >= Math.min(1, sizes[0] ?? 0));
      assert.equal(pieces.bytes, content.length - first.length);
      assert.ok(Buffer.concat([first, pieces.takeAll()]).equals(content), sizes.join(' '));
      assert.deepEqual([pieces.bytes, pieces.shift()], [0, undefined]);
    }
    const ones = new JoinedPieces();
    for (let index = 0; index < 200_000; index++) ones.push(Buffer.of(index % 251));
    let count = 0;
    while (ones.shift() !== undefined) count++;
    assert.equal(count, Math.ceil(200_000 / 65_536));
  });

  test('one piece that was taken does not change when the next one comes', async () => {
    const { body, push, end } = await open();
    push(Buffer.from('ab'));
    const pieces = body[Symbol.asyncIterator]();
    const first = await pieces.next();
    push(Buffer.from('cd'));
    const second = await pieces.next();
    assert.deepEqual([String(first.value), String(second.value)], ['ab', 'cd']);
    end();
    assert.equal((await pieces.next()).done, true);
  });

  test('of many bytes leave the event loop its turns, however they are read', async () => {
    for (const isPoured of [false, true]) {
      const { body, push, end, pauses } = await open();
      const hash = createHash('sha256');
      const reading = isPoured
        ? body.pour((piece) => void hash.update(piece))
        : (async () => {
            for await (const piece of body) hash.update(piece);
          })();
      await nextTurn();
      const content = randomBytes(100_000);
      let longest = 0;
      for (let at = 0; at < content.length; ) {
        let inTurn = 0;
        while (at < content.length && push(content.subarray(at, ++at))) inTurn++;
        longest = Math.max(longest, inTurn);
        await nextTurn();
      }
      end();
      await reading;
      assert.equal(hash.digest('hex'), createHash('sha256').update(content).digest('hex'));
      assert.ok(longest <= 12_000, `${longest} pieces in one turn`);
      assert.ok(pauses() >= 8);
    }
  });

  test('a full queue and a busy sink stay paused beyond a turn', async () => {
    const full = await open();
    for (let index = 0; index < 11_999; index++) assert.ok(full.push(Buffer.of(1)));
    assert.equal(full.push(Buffer.alloc(200 * 1024)), false);
    for (let index = 0; index < 8; index++) full.push(Buffer.alloc(200 * 1024));
    await nextTurn();
    await nextTurn();
    assert.equal(full.push(Buffer.of(1)), false, 'nobody took anything');
    full.body.destroy();
    const busy = await open();
    let release = (): void => {};
    const pouring = busy.body.pour(() => new Promise<void>((resolve) => (release = resolve)));
    await nextTurn();
    assert.equal(busy.push(Buffer.of(1)), false);
    await nextTurn();
    await nextTurn();
    assert.equal(busy.push(Buffer.of(1)), false);
    release();
    await nextTurn();
    busy.end();
    await pouring;
  });

  test('of manifests, tags and configs take little memory', async (t) => {
    const tags = JSON.stringify({ tags: Array.from({ length: 40_000 }, (_, index) => `t${index}`) });
    const one = (response: ServerResponse, content: Buffer): void => {
      const chunks = Buffer.alloc(content.length * 6, '1\r\nx\r\n');
      for (const [index, byte] of content.entries()) chunks[index * 6 + 3] = byte;
      response.writeHead(200, { 'content-type': MANIFEST_TYPE });
      response.flushHeaders();
      response.socket?.write(chunks);
      response.socket?.end('0\r\n\r\n');
    };
    const config = Buffer.alloc(2 * MEGABYTE, 0x20);
    const { client, reference, server } = await serve(t, (request, response) => {
      if (request.url?.includes('/tags/')) return one(response, Buffer.from(tags));
      return one(response, request.url?.includes('/blobs/') ? config : Buffer.alloc(4 * MEGABYTE, 0x20));
    });
    const before = process.memoryUsage().heapTotal;
    await assert.rejects(client.resolve(reference), { code: 'manifest-invalid' });
    assert.equal((await client.tags(server.host, 'ai/m')).length, 10_000);
    const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
    const descriptor = { mediaType: '', digest, size: config.length };
    const read = await client.readBlob(reference, descriptor, { maxBytes: config.length });
    assert.equal(read.length, config.length);
    assert.ok(process.memoryUsage().heapTotal - before < 100 * MEGABYTE);
  });
});
