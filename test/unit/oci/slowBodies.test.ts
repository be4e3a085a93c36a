/** Bodies of blobs that arrive slowly: a slow line is waited for, and one that would take years is not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HttpClient } from '../../../src/oci/http/http.ts';
import type { AnswerBody, Sink } from '../../../src/oci/http/sender.ts';

const MINUTE_MS = 60_000;

/** A piece that arrives after a time, and the time that its reader then takes. */
interface Step {
  readonly afterMs: number;
  readonly bytes: number;
  readonly takesMs?: number;
}

/** Pours a body over a clock of its own. @returns the bytes that arrived and the time that passed. */
async function pour(steps: Iterable<Step>): Promise<{ readonly bytes: number; readonly ms: number }> {
  let now = 0;
  let bytes = 0;
  let reading = 0;
  const body: AnswerBody = {
    async pour(sink: Sink) {
      for (const { afterMs, bytes: length, takesMs = 0 } of steps) {
        now += afterMs;
        reading = takesMs;
        await sink(Buffer.alloc(length));
      }
    },
    destroy() {},
    async *[Symbol.asyncIterator]() {},
  };
  const sender = { send: async () => ({ status: 200, headers: {}, body }), close: async () => {} };
  const http = new HttpClient({ sender, now: () => now });
  const answer = await http.get({ url: new URL('https://r.example/blob'), headers: {} });
  await http.pourBody(answer, (piece) => {
    bytes += piece.length;
    const takesMs = reading;
    if (takesMs === 0) return undefined;
    // A limit of the bandwidth, or a slow disk.
    return Promise.resolve().then(() => {
      now += takesMs;
    });
  });
  return { bytes, ms: now };
}

function* every(step: Step, times: number): Generator<Step> {
  for (let time = 0; time < times; time++) yield step;
}

const slow = (message: RegExp) => ({ code: 'offline', retryable: true, message });

describe('a slow body', () => {
  test('of a few bytes a second ends after five minutes, so that another connection is tried', async () => {
    for (const bytes of [1, 4, 15])
      await assert.rejects(
        pour(every({ afterMs: 1000, bytes }, 100_000)),
        slow(new RegExp(`^r.example sent only ${bytes * 300} bytes in 300 seconds. Check the network`)),
      );
    // Just often enough not to stall.
    await assert.rejects(pour(every({ afterMs: 29_000, bytes: 100 }, 1000)), slow(/sent only 1100 bytes/));
  });

  test('that becomes slow after gigabytes ends too', async () => {
    function* fastThenSlow(): Generator<Step> {
      yield* every({ afterMs: 1, bytes: 64 * 1024 }, 10_000);
      yield* every({ afterMs: 1000, bytes: 2 }, 100_000);
    }
    await assert.rejects(pour(fastThenSlow()), slow(/sent only \d+ bytes in 300 seconds/));
  });

  test('is read to its end on every line that somebody uses', async () => {
    // A modem of 300 baud, GPRS shared by eight connections, and a line that is gone for 29 of 30 seconds.
    for (const step of [
      { afterMs: 1000, bytes: 30 },
      { afterMs: 1000, bytes: 500 },
      { afterMs: 29_000, bytes: 1460 },
    ]) {
      const { bytes } = await pour(every(step, 5000));
      assert.equal(bytes, 5000 * step.bytes);
    }
  });

  test('counts only the time in which the server is waited for', async () => {
    const { bytes, ms } = await pour(every({ afterMs: 10, bytes: 100, takesMs: MINUTE_MS }, 500));
    assert.deepEqual([bytes, ms], [50_000, 500 * (MINUTE_MS + 10)]);
  });
});
