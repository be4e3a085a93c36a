/** The record of exchanges: each once, when its body has ended, with the bytes that were read. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnswerBody } from '../../../src/oci/index.ts';
import { type Exchange, kindOfPath, RecordingSender } from '../../../src/oci/network/index.ts';

describe('the kind of a path', () => {
  for (const [path, kind] of [
    ['/v2/', 'check'],
    ['/v2/ai/m/manifests/latest', 'manifest'],
    ['/v2/ai/m/blobs/sha256:0', 'content'],
    ['/registry-v2/docker/registry/v2/blobs/sha256/ab/cd/data', 'content'],
    ['/v2/ai/m/tags/list', 'list'],
    ['/v2/_catalog', 'list'],
    ['/v2/repositories/ai/m/tags/', 'list'],
    ['/api/models', 'list'],
    ['/token', 'sign-in'],
    ['/service/token', 'sign-in'],
    ['/anything', 'other'],
  ] as const) {
    test(path, () => assert.equal(kindOfPath(path), kind));
  }
});

/** A sender whose body has two pieces, or that fails. */
function recorded(failure?: Error, kind?: 'endpoint') {
  const seen: Exchange[] = [];
  let isDestroyed = false;
  const body: AnswerBody = {
    async pour(sink) {
      for (const piece of ['ab', 'c']) if (sink(Buffer.from(piece)) === 'enough') return;
    },
    async *[Symbol.asyncIterator]() {
      yield Buffer.from('ab');
      yield Buffer.from('c');
    },
    destroy: () => {
      isDestroyed = true;
    },
  };
  const inner = {
    send: async () => {
      if (failure !== undefined) throw failure;
      return { status: 200, headers: {}, body };
    },
    close: async () => {},
  };
  const sender = new RecordingSender(inner, (exchange) => seen.push(exchange), kind);
  const url = new URL('https://r.example:8443/v2/a/blobs/x?signature=secret');
  const send = () => sender.send({ method: 'GET', url, headers: {} });
  return { seen, send, isDestroyed: () => isDestroyed };
}

const ALL: Exchange = { host: 'r.example:8443', kind: 'content', receivedBytes: 3, failed: false };

describe('an exchange is told', () => {
  test('when its body was iterated, and without its path', async () => {
    const { seen, send } = recorded();
    const { body } = await send();
    assert.deepEqual(seen, []);
    const pieces: string[] = [];
    for await (const piece of body) pieces.push(piece.toString());
    assert.deepEqual(pieces, ['ab', 'c']);
    assert.deepEqual(seen, [ALL]);
    body.destroy();
    assert.equal(seen.length, 1);
  });

  test('when its body was poured, and as far as it was', async () => {
    const { seen, send } = recorded();
    await (await send()).body.pour(() => 'enough');
    await (await send()).body.pour(() => undefined);
    assert.deepEqual(seen, [{ ...ALL, receivedBytes: 2 }, ALL]);
  });

  test('when its body is dropped', async () => {
    const { seen, send, isDestroyed } = recorded();
    (await send()).body.destroy();
    assert.deepEqual(seen, [{ ...ALL, receivedBytes: 0 }]);
    assert.ok(isDestroyed());
  });

  test('when it fails, and the failure goes on', async () => {
    const { seen, send } = recorded(new Error('no'), 'endpoint');
    await assert.rejects(send(), /no/);
    assert.deepEqual(seen, [{ ...ALL, kind: 'endpoint', receivedBytes: 0, failed: true }]);
  });
});
