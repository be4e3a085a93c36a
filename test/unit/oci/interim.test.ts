/** Interim answers (RFC 9110, 15.2) before the final one, or in place of it. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { HttpClient } from '../../../src/oci/http/http.ts';
import { type Handler, startFakeRegistry } from '../../support/fakeRegistry.ts';

const HINT = 'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n';

async function serve(t: TestContext, handler: Handler): Promise<{ client: HttpClient; url: URL }> {
  const server = await startFakeRegistry(handler);
  const client = new HttpClient();
  t.after(async () => {
    await client.close();
    await server.close();
  });
  return { client, url: new URL(`http://${server.host}/v2/`) };
}

describe('interim answers', () => {
  test('are passed over', async (t) => {
    const { client, url } = await serve(t, ({ socket }) => {
      socket.write(`${HINT.repeat(3)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    });
    const answer = await client.get({ url, headers: {} });
    assert.equal(answer.status, 200);
    assert.equal(String(await client.readAll(answer, 10)), 'ok');
  });

  test('without end are no answer', { timeout: 20_000 }, async (t) => {
    const { client, url } = await serve(t, ({ socket }) => {
      const timer = setInterval(() => socket.write(HINT), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await assert.rejects(client.get({ url, headers: {}, headersTimeoutMs: 200 }), {
      code: 'offline',
      retryable: true,
    });
  });
});
