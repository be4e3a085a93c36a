/** Answers that registries give to the request for their API; answers.md has those of other servers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { serve } from './support.ts';

const VERSION = { 'docker-distribution-api-version': 'registry/2.0' };

describe('the API of a registry', () => {
  const answers: readonly [name: string, headers: Record<string, string>, body: string][] = [
    ['distribution, Zot, Harbor', { ...VERSION, 'content-type': 'application/json' }, '{}'],
    ['Quay', { 'content-type': 'application/json' }, 'true'],
    ['nothing at all', {}, ''],
    ['nothing, with the label of a page', { 'content-type': 'text/html' }, ''],
    ['JSON with the label of a text', { 'content-type': 'text/plain' }, '{}\n'],
    ['a text of a server that says what it is', { ...VERSION, 'content-type': 'text/plain' }, 'OK'],
    ['a page of a server that says what it is', { ...VERSION, 'content-type': 'text/html' }, '<html></html>'],
  ];
  for (const [name, headers, body] of answers) {
    test(`is there: ${name}`, async (t) => {
      const { client, server } = await serve(t, (_, response) => {
        response.writeHead(200, headers);
        response.end(body);
      });
      await client.ping(server.host);
    });
  }

  test('is not there: a body without an end', async (t) => {
    const { client, server } = await serve(t, (_, response) => {
      response.writeHead(200);
      response.end('x'.repeat(1 << 20));
    });
    await assert.rejects(client.ping(server.host), (error) => isModelError(error, 'not-found'));
  });
});
