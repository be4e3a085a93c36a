import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { answerError } from '../../../src/oci/http/answerErrors.ts';
import { serve } from './support.ts';

test('Hugging Face says of a split model that it does not serve it; the user hears what to do', () => {
  const body = Buffer.from(
    JSON.stringify({ error: 'The specified tag is a sharded GGUF. Ollama does not support this yet.' }),
  );
  const answer = { status: 400, body, retryAfter: undefined };
  const subject = { registry: 'huggingface.co', what: 'huggingface.co/a/b:Q8_0', withCredential: false };
  const error = answerError(answer, subject, 0);
  assert.deepEqual([error.code, error.status], ['unsupported-artifact', 400]);
  assert.match(error.message, /^huggingface\.co\/a\/b:Q8_0 is split into several files.* a single file\.$/);
  // Any other registry's, and any other refusal, stays what it is.
  assert.equal(answerError(answer, { ...subject, registry: 'ghcr.io' }, 0).code, 'registry-error');
  assert.equal(answerError({ ...answer, body: Buffer.from('{}') }, subject, 0).code, 'registry-error');
});

describe('a reason that was compressed without being asked for', () => {
  const reason = JSON.stringify({ errors: [{ code: 'QUOTA', message: 'no space in your plan' }] });
  const encodings: readonly (readonly [label: string, body: Buffer, words: RegExp])[] = [
    ['gzip', gzipSync(reason), /QUOTA: no space in your plan/],
    ['GZIP', gzipSync(reason), /QUOTA: no space in your plan/],
    ['br', brotliCompressSync(reason), /QUOTA: no space in your plan/],
    ['gzip', Buffer.from(reason), /QUOTA: no space in your plan/],
    [
      'gzip',
      gzipSync(Buffer.alloc(10_000_000, 'x')),
      /answered 400 to the request for [^()]*\. Check the name/,
    ],
    ['gzip', gzipSync(reason).subarray(0, 20), /answered 400 to the request for [^()]*\. Check the name/],
  ];
  for (const [label, body, words] of encodings)
    test(`is told, or nothing of it: ${label}, ${body.length} bytes`, async (t) => {
      const { client, reference } = await serve(t, (_, response) => {
        response.writeHead(400, { 'content-encoding': label, 'content-type': 'application/json' }).end(body);
      });
      await assert.rejects(client.resolve(reference), { code: 'registry-error', message: words });
    });
});
