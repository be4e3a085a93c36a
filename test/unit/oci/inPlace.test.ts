/** Errors that come with status 200 in place of content; answers.md has their sentences. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { errorInPlace, otherContent } from '../../../src/oci/http/inPlace.ts';
import { digestOf } from '../../../src/oci/index.ts';
import { isErrorBody } from '../../../src/oci/spec/reason.ts';
import { sendJson } from '../../support/fakeRegistry.ts';
import { BLOB, CONTENT, MANIFEST, MANIFEST_TYPE, serve } from './support.ts';

const ERROR = { errors: [{ code: 'UNKNOWN', message: 'upstream timed out' }] };

function sendBytes(response: ServerResponse, bytes: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  response.end(bytes);
}

describe('bodies that are errors', () => {
  const errors = [
    '{"errors":[{"code":"DENIED"}]}',
    '{"error":"no"}',
    '{"error":{"message":"no"}}',
    '{"message":"no","status":500,"timestamp":1}',
    '\n{"code":"X","message":"no","requestId":"1"}\n',
    '<Error><Code>NoSuchKey</Code></Error>',
    '<?xml version="1.0"?>\n<Error><Message>gone</Message></Error>',
  ];
  const others = [
    '',
    '{}',
    '[]',
    '"errors"',
    '{"errors":[]}',
    '{"errors":null}',
    '{"model":"x","error":"no"}',
    '{"config":{"message":"no"}}',
    '{"errors":[{"code":"DENIED"}',
    '<Errors/>',
    'error: no',
    `{"error":"${'x'.repeat(70_000)}"}`,
  ];
  for (const body of errors)
    test(`${JSON.stringify(body)} is one`, () => assert.ok(isErrorBody(Buffer.from(body))));
  for (const body of others)
    test(`${JSON.stringify(body).slice(0, 60)} is none`, () => assert.ok(!isErrorBody(Buffer.from(body))));
});

describe('bodies of another length', () => {
  const asked = { registry: 'r.test', host: 'r.test', what: 'x', mediaType: 'application/vnd.test.gguf' };

  test('weights that were cut off are not told as something else', () => {
    const weights = Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0, 255, 254])]);
    for (const type of ['application/octet-stream', 'text/plain', 'application/json', undefined])
      assert.equal(otherContent(asked, weights, type), undefined);
  });

  test('a text that was cut off is not told as something else, if the content is text', () => {
    const template = { ...asked, mediaType: 'application/vnd.ollama.image.template' };
    assert.equal(otherContent(template, Buffer.from('{{ .System'), 'text/plain'), undefined);
  });

  test('a page is content where a page was published', () => {
    const page = Buffer.from('<!doctype html><title>Model card</title>');
    assert.equal(otherContent({ ...asked, mediaType: 'text/html' }, page, 'text/html'), undefined);
    assert.ok(isModelError(otherContent(asked, page, 'text/html'), 'offline'));
  });

  test('control characters of its words are not kept', () => {
    const error = errorInPlace(asked, Buffer.from('{"error":"\\u001b[31mno\\u202e"}'));
    assert.match(error?.message ?? '', /\(\u2068\[31mno\u2069\)/);
  });
});

describe('a registry that answers with an error and status 200', () => {
  test('gives nothing of it to whoever takes the content', async (t) => {
    const { client, reference } = await serve(t, (_, response) => sendJson(response, 200, ERROR));
    const { body } = await client.fetchBlob(reference, BLOB);
    let taken = 0;
    await assert.rejects(
      body.pour((piece) => {
        taken += piece.length;
        return undefined;
      }),
      (error) => isModelError(error, 'registry-error'),
    );
    assert.equal(taken, 0);
  });

  test('is asked again for what is small', async (t) => {
    let asked = 0;
    const { client, reference } = await serve(t, (_, response) =>
      ++asked < 3 ? sendJson(response, 200, ERROR) : sendBytes(response, CONTENT),
    );
    assert.deepEqual(await client.readBlob(reference, BLOB, { maxBytes: 10_000 }), CONTENT);
    assert.equal(asked, 3);
  });

  test('is not told as damaged when a manifest is asked for by its digest', async (t) => {
    const { client, reference } = await serve(t, (_, response) => sendJson(response, 200, ERROR));
    const digest = digestOf(MANIFEST);
    await assert.rejects(client.resolve({ ...reference, digest }), (error) =>
      isModelError(error, 'registry-error'),
    );
  });

  test('may have an error as its content', async (t) => {
    const content = Buffer.from(JSON.stringify(ERROR));
    const descriptor = { mediaType: 'application/json', digest: digestOf(content), size: content.length };
    const { client, reference } = await serve(t, (request, response) => {
      if (request.url?.includes('/manifests/') === true) {
        response.writeHead(200, { 'content-type': MANIFEST_TYPE });
        return void response.end(MANIFEST);
      }
      return sendBytes(response, content);
    });
    assert.deepEqual(await client.readBlob(reference, descriptor, { maxBytes: 1000 }), content);
  });
});
