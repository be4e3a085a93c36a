import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startMeteringProxy } from '../../support/meteringProxy.ts';
import { until } from '../../support/until.ts';

const LARGE = 4_000_000;
const HELD_AT = 500_000;

test('a line that is held keeps content back, and lets a small answer through', async (t) => {
  const server = createServer((request, response) => {
    response.end(request.url === '/large' ? Buffer.alloc(LARGE) : 'small');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const proxy = await startMeteringProxy(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => proxy.close());
  let isReleased = false;
  proxy.holdAt(HELD_AT, () => isReleased);
  const large = fetch(`http://${proxy.host}/large`).then((answer) => answer.arrayBuffer());
  await until(() => proxy.sentBytes() >= HELD_AT);
  const small = await fetch(`http://${proxy.host}/small`);
  assert.equal(await small.text(), 'small');
  assert.ok(proxy.sentBytes() < LARGE);
  isReleased = true;
  assert.equal((await large).byteLength, LARGE);
});
