/** Servers that send a blob a byte at a time: each of their answers is right, and they would never come to an end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildDockerModel } from '../../support/dockerModel.ts';
import type { Handler } from '../../support/fakeRegistry.ts';
import { FIXTURE, gguf, serve } from './unpackSupport.ts';

function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
}

/** Sends parts of `bytes` bytes, whatever was asked for. */
function sendTinyParts(bytes: number): Handler {
  return (request, response) => {
    const start = startOf(request.headers.range);
    const part = gguf.subarray(start, start + bytes);
    response.writeHead(206, {
      'content-range': `bytes ${start}-${start + part.length - 1}/${gguf.length}`,
      'content-length': part.length,
    });
    response.end(part);
  };
}

/** Promises all the rest, and ends the connection after `bytes` bytes of it. */
function promiseAndBreak(bytes: number): Handler {
  return (request, response) => {
    const start = startOf(request.headers.range);
    const isPart = request.headers.range !== undefined;
    response.writeHead(isPart ? 206 : 200, {
      'content-length': gguf.length - start,
      ...(isPart ? { 'content-range': `bytes ${start}-${gguf.length - 1}/${gguf.length}` } : {}),
    });
    response.write(gguf.subarray(start, start + bytes), () => setImmediate(() => response.destroy()));
  };
}

describe('a blob that comes', () => {
  test('in parts of a byte fails after a few requests', async (t) => {
    const { pull, ranges, store } = await serve(t, await buildDockerModel([FIXTURE]), sendTinyParts(1));
    await assert.rejects(pull(), { code: 'registry-error', message: /answered 206 in an unexpected form/ });
    assert.ok(ranges.length <= 4, `${ranges.length} requests`);
    assert.deepEqual(await store.references(), []);
  });

  test('in parts of 64 KiB is whole in the end', async (t) => {
    const { pull, ranges } = await serve(t, await buildDockerModel([FIXTURE]), sendTinyParts(64 * 1024));
    await pull();
    assert.ok(ranges.length >= gguf.length / (64 * 1024));
  });

  test('a byte a connection fails after a few of them', async (t) => {
    const { pull, ranges, store } = await serve(t, await buildDockerModel([FIXTURE]), promiseAndBreak(1));
    await assert.rejects(pull(), { code: 'offline', message: /closed the connection/ });
    assert.ok(ranges.length <= 20, `${ranges.length} requests`);
    assert.deepEqual(await store.references(), []);
  });

  test('a hundred kilobytes a connection is whole in the end', async (t) => {
    const { pull, ranges } = await serve(t, await buildDockerModel([FIXTURE]), promiseAndBreak(100_000));
    await pull();
    assert.ok(ranges.length > 20, `${ranges.length} requests`);
  });
});
