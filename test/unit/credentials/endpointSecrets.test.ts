/** A key belongs to one address, is read once, and is forgotten when it changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointSecrets } from '../../../src/credentials/index.ts';

test('keys of endpoints', async () => {
  const kept = new Map<string, string>();
  let reads = 0;
  const secrets = new EndpointSecrets({
    get: async (key) => {
      reads++;
      return kept.get(key);
    },
    store: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
  });
  const [one, other] = ['http://one/v1', 'http://other/v1'];
  await secrets.set(one, 'a');
  assert.deepEqual(
    [await secrets.get(one), await secrets.get(one), await secrets.get(other)],
    ['a', 'a', undefined],
  );
  assert.equal(reads, 2);
  await secrets.set(one, 'b');
  assert.equal(await secrets.get(one), 'b');
  for (const key of kept.keys()) kept.set(key, 'c');
  assert.equal(await secrets.get(one), 'b');
  secrets.reload();
  assert.equal(await secrets.get(one), 'c');
  await secrets.set(one, undefined);
  assert.deepEqual([await secrets.get(one), kept.size], [undefined, 0]);
});
