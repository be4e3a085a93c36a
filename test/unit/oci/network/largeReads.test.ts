/** Bodies over connections that read into one buffer, which is overwritten with every piece. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, buildConnector } from 'undici';
import { sendWith } from '../../../../src/oci/http/exchange.ts';
import type { SentAnswer } from '../../../../src/oci/index.ts';
import { largeReadConnector } from '../../../../src/oci/network/largeReads.ts';
import { type Handler, startFakeRegistry } from '../../../support/fakeRegistry.ts';
import { randomBytes } from '../../../support/random.ts';

const CONTENT = randomBytes(3_000_000);

interface Setup {
  /** Connections that the server saw. */
  readonly sockets: Set<Socket>;
  get(signal?: AbortSignal): Promise<SentAnswer>;
}

async function serve(t: TestContext, handler: Handler): Promise<Setup> {
  const sockets = new Set<Socket>();
  const server = await startFakeRegistry((request, response) => {
    sockets.add(request.socket);
    return handler(request, response);
  });
  const agent = new Agent({ connect: largeReadConnector(buildConnector, {}, 8192) });
  t.after(async () => {
    await agent.destroy();
    await server.close();
  });
  const url = new URL(`http://${server.host}/`);
  return { sockets, get: (signal) => sendWith(agent, { method: 'GET', url, headers: {}, signal }) };
}

const sendAll: Handler = (_, response) => {
  response.writeHead(200, { 'content-length': CONTENT.length });
  response.end(CONTENT);
};

describe('a body that is read into one buffer', () => {
  test('is poured without a byte lost, with and without waits', async (t) => {
    const { get } = await serve(t, sendAll);
    const { body } = await get();
    const pieces: Buffer[] = [];
    await body.pour((piece) => {
      assert.ok(piece.length <= 8192);
      pieces.push(Buffer.from(piece));
      return pieces.length % 50 === 0 ? delay(1) : undefined;
    });
    assert.deepEqual(Buffer.concat(pieces), CONTENT);
  });

  test('is poured in its order by one who comes late', async (t) => {
    const { get } = await serve(t, sendAll);
    for (const slow of [false, true]) {
      const { body } = await get();
      await delay(50);
      const pieces: Buffer[] = [];
      await body.pour((piece) => {
        pieces.push(Buffer.from(piece));
        return slow && pieces.length % 20 === 0 ? delay(1) : undefined;
      });
      assert.deepEqual(Buffer.concat(pieces), CONTENT);
    }
  });

  test('is iterated, by a slow reader too', async (t) => {
    const { get } = await serve(t, sendAll);
    const { body } = await get();
    await delay(50);
    const pieces: Buffer[] = [];
    for await (const piece of body) {
      pieces.push(piece);
      if (pieces.length % 100 === 0) await delay(1);
    }
    assert.deepEqual(Buffer.concat(pieces), CONTENT);
  });

  test('that was read to its end leaves its connection, and one that was not does not', async (t) => {
    const { get, sockets } = await serve(t, sendAll);
    for (let round = 0; round < 3; round++) await (await get()).body.pour(() => undefined);
    assert.equal(sockets.size, 1);
    let bytes = 0;
    await (await get()).body.pour((piece) => {
      bytes += piece.length;
      return bytes > 100_000 ? 'enough' : undefined;
    });
    assert.ok(bytes < CONTENT.length);
    await (await get()).body.pour(() => undefined);
    assert.equal(sockets.size, 2);
  });

  test('fails with what the sink throws, at once or later', async (t) => {
    const { get } = await serve(t, sendAll);
    const full = new Error('the disk is full');
    await assert.rejects(
      (await get()).body.pour(() => {
        throw full;
      }),
      full,
    );
    await assert.rejects(
      (await get()).body.pour(() => Promise.reject(full)),
      full,
    );
  });

  test('fails where the connection breaks, whoever reads it', async (t) => {
    const cut: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 100_000), () => response.destroy());
    };
    const { get } = await serve(t, cut);
    let bytes = 0;
    const count = (piece: Uint8Array): undefined => {
      bytes += piece.length;
    };
    await assert.rejects((await get()).body.pour(count), { code: 'UND_ERR_SOCKET' });
    assert.equal(bytes, 100_000);
    bytes = 0;
    await assert.rejects(
      async () => {
        for await (const piece of (await get()).body) count(piece);
      },
      { code: 'UND_ERR_SOCKET' },
    );
    assert.equal(bytes, 100_000);
  });

  test('ends with a cancel, before the answer and in the middle', async (t) => {
    const { get } = await serve(t, (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('12345');
    });
    const late = await serve(t, () => {});
    await assert.rejects(late.get(AbortSignal.timeout(20)), { name: 'TimeoutError' });
    await assert.rejects(late.get(AbortSignal.abort(new Error('no'))), { message: 'no' });
    const cancel = new AbortController();
    const { body } = await get(cancel.signal);
    const reading = body.pour(() => undefined);
    cancel.abort(new Error('enough of it'));
    await assert.rejects(reading, { message: 'enough of it' });
  });
});
