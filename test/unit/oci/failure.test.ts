import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerError } from '../../../src/oci/http/answerErrors.ts';

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
