/** Requests through the editor's networking, where they differ from the client's own. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UndiciSender } from '../../../../src/oci/http/undiciSender.ts';
import { parseReference, RegistryClient } from '../../../../src/oci/index.ts';
import { FetchSender } from '../../../../src/oci/network/index.ts';
import { startFakeRegistry } from '../../../support/fakeRegistry.ts';
import { MANIFEST, MANIFEST_TYPE } from '../support.ts';

describe('a redirect with a login in its address', () => {
  for (const [name, makeSender] of [
    ['fetch', () => new FetchSender(() => fetch)],
    ['the client’s own connections', () => new UndiciSender()],
  ] as const)
    test(`is followed without it, through ${name}`, async (t) => {
      const server = await startFakeRegistry((request, response) => {
        if (request.url?.endsWith('?there') === true) {
          response.writeHead(200, { 'content-type': MANIFEST_TYPE }).end(MANIFEST);
          return;
        }
        response.writeHead(307, {
          location: `http://user:planted@${request.headers.host}${request.url}?there`,
        });
        response.end();
      });
      const sender = makeSender();
      const client = new RegistryClient({ retryBaseMs: 1, sender });
      t.after(async () => {
        await client.close();
        await sender.close();
        await server.close();
      });
      await client.resolve(parseReference(`${server.host}/ai/model:tag`));
      assert.equal(server.requests.length, 2);
      assert.ok(server.requests.every(({ headers }) => headers.authorization === undefined));
    });
});
