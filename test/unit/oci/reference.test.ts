import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import {
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from '../../../src/oci/spec/reference.ts';
import fc from '../../support/fastCheck.ts';
import { refusal } from './support.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('model references', () => {
  const table: readonly [text: string, whole: string, familiar: string][] = [
    ['gemma3', 'docker.io/ai/gemma3:latest', 'gemma3:latest'],
    ['  gemma3\n', 'docker.io/ai/gemma3:latest', 'gemma3:latest'],
    ['ai/smollm2:135M-Q4_0', 'docker.io/ai/smollm2:135M-Q4_0', 'smollm2:135M-Q4_0'],
    ['library/redis', 'docker.io/library/redis:latest', 'library/redis:latest'],
    ['index.docker.io/gemma3', 'docker.io/ai/gemma3:latest', 'gemma3:latest'],
    ['registry-1.docker.io/ai/gemma3', 'docker.io/ai/gemma3:latest', 'gemma3:latest'],
    ['ghcr.io/org/model:tag', 'ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
    ['oci://localhost:5000/m', 'localhost:5000/m:latest', 'localhost:5000/m:latest'],
    ['docker://ai/gemma3', 'docker.io/ai/gemma3:latest', 'gemma3:latest'],
    [`gemma3@${DIGEST}`, `docker.io/ai/gemma3@${DIGEST}`, `gemma3@${DIGEST}`],
    [`oci://gemma3@${DIGEST}`, `docker.io/ai/gemma3@${DIGEST}`, `gemma3@${DIGEST}`],
    [`gemma3:1b@${DIGEST}`, `docker.io/ai/gemma3:1b@${DIGEST}`, `gemma3:1b@${DIGEST}`],
    [
      'ollama://qwen2.5-coder:1.5b',
      'registry.ollama.ai/library/qwen2.5-coder:1.5b',
      'ollama://qwen2.5-coder:1.5b',
    ],
    [
      'ollama://MFDoom/deepseek-r1',
      'registry.ollama.ai/MFDoom/deepseek-r1:latest',
      'ollama://MFDoom/deepseek-r1:latest',
    ],
    ['ollama://hf.co/Org/R-GGUF:Q8_0', 'huggingface.co/Org/R-GGUF:Q8_0', 'hf.co/Org/R-GGUF:Q8_0'],
    ['ollama://lan:5000/team/m', 'lan:5000/team/m:latest', 'lan:5000/team/m:latest'],
    ['https://ollama.com/library/qwen3:0.6b', 'registry.ollama.ai/library/qwen3:0.6b', 'ollama://qwen3:0.6b'],
    ['hf.co/org/Repo-GGUF:Q4_K_M', 'huggingface.co/org/Repo-GGUF:Q4_K_M', 'hf.co/org/Repo-GGUF:Q4_K_M'],
    ['huggingface.co/Org/R.1:f-Q8_0.gguf', 'huggingface.co/Org/R.1:f-Q8_0.gguf', 'hf.co/Org/R.1:f-Q8_0.gguf'],
    ['https://huggingface.co/Org/R/tree/main', 'huggingface.co/Org/R:latest', 'hf.co/Org/R:latest'],
    ['https://huggingface.co/Org/R/blob/main/F.gguf', 'huggingface.co/Org/R:F.gguf', 'hf.co/Org/R:F.gguf'],
    ['https://hub.docker.com/r/ai/smollm2', 'docker.io/ai/smollm2:latest', 'smollm2:latest'],
    [
      'https://hub.docker.com/repository/docker/ai/smollm2/general',
      'docker.io/ai/smollm2:latest',
      'smollm2:latest',
    ],
    ['https://hub.docker.com/layers/ai/smollm2/1b/images/sha256-0', 'docker.io/ai/smollm2:1b', 'smollm2:1b'],
    ['https://quay.io/repository/org/m?tab=tags', 'quay.io/org/m:latest', 'quay.io/org/m:latest'],
    ['https://quay.io/repository/org/team/m', 'quay.io/org/team/m:latest', 'quay.io/org/team/m:latest'],
    [
      `https://quay.io/repository/org/m/manifest/${DIGEST}?tab=packages`,
      `quay.io/org/m@${DIGEST}`,
      `quay.io/org/m@${DIGEST}`,
    ],
    ['https://quay.io/org/m:v1', 'quay.io/org/m:v1', 'quay.io/org/m:v1'],
    ['quay.io/repository/org/m', 'quay.io/repository/org/m:latest', 'quay.io/repository/org/m:latest'],
    ['https://hub.docker.com/r/ai/smollm2/tags?page=2#x', 'docker.io/ai/smollm2:latest', 'smollm2:latest'],
    ['hub.docker.com/_/redis', 'docker.io/library/redis:latest', 'library/redis:latest'],
    ['https://ghcr.io/org/model:tag', 'ghcr.io/org/model:tag', 'ghcr.io/org/model:tag'],
    // Docker's rule: without a slash there is no registry.
    ['localhost:5000', 'docker.io/ai/localhost:5000', 'localhost:5000'],
  ];
  for (const [text, whole, familiar] of table) {
    test(JSON.stringify(text), () => {
      const reference = parseReference(text);
      assert.equal(formatReference(reference), whole);
      assert.equal(familiarReference(reference), familiar);
    });
  }

  test('other defaults', () => {
    const defaults = { registry: 'ghcr.io', namespace: 'team', tag: 'stable' };
    const reference = parseReference('m', defaults);
    assert.equal(formatReference(reference), 'ghcr.io/team/m:stable');
    assert.equal(familiarReference(reference, defaults), 'm:stable');
    assert.equal(formatReference(parseReference('ghcr.io/m', defaults)), 'ghcr.io/m:stable');
    assert.equal(formatReference(parseReference('docker.io/m', defaults)), 'docker.io/ai/m:stable');
  });
});

describe('refusals say what is wrong', () => {
  const table: readonly [text: string, says: RegExp][] = [
    ['', /Type a model name/],
    ['  ', /Type a model name/],
    ['gem ma3', /white space/],
    ['gem\u0000ma3', /white space/],
    ['ai/Gemma3', /upper-case letters; write “ai\/gemma3”/],
    [`example.com/${'a'.repeat(256)}`, /longer than 255 characters/],
    ['a'.repeat(2000), /too long/],
    ['0123456789abcdef'.repeat(4), /digest alone/],
    [DIGEST, /digest alone/],
    ['gemma3:', /nothing follows the colon/],
    ['gemma3:-x', /“-x” is not a tag/],
    [`gemma3:${'x'.repeat(129)}`, /tag is longer than 128/],
    ['gemma3@sha256:abc', /is not a digest/],
    [`gemma3@${DIGEST.toUpperCase()}`, /is not a digest/],
    ['example.com/', /no repository name/],
    ['example.com:70000/a', /port 70000/],
    ['-bad-.example/a', /not a host name/],
    ['https://user:secret@example.com/a', /^The address contains a user name or a password/],
    ['oci://secret@example.com', /^The address contains a user name or a password/],
    ['gemma3@blake3:'.padEnd(78, '0'), /its algorithm is not sha256, sha384 or sha512/],
    ['ollama://a.b/m', /a name on registry.ollama.ai is owner\/model/],
    ['ollama://a/b/c', /a name on registry.ollama.ai is owner\/model/],
    [`ollama://${'m'.repeat(81)}`, /at most 80/],
    [`ollama://m:${'t'.repeat(81)}`, /at most 80 characters/],
    ['hf.co/a/b/c', /owner\/model/],
    ['hf.co/../etc', /owner\/model/],
    ['file:///etc/passwd', /./],
  ];
  for (const [text, says] of table) {
    test(JSON.stringify(text.slice(0, 60)), () => assert.match(refusal(text), says));
  }
});

test('any text is read or refused, and what is read comes back from its long and its short form', () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9._-]{1,12}$/);
  const shaped = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.option(part), fc.boolean())
    .map(
      ([parts, tag, digest]) =>
        `${parts.join('/')}${tag === null ? '' : `:${tag}`}${digest ? `@${DIGEST}` : ''}`,
    );
  fc.assert(
    fc.property(fc.oneof(fc.string(), shaped, fc.webUrl()), (text) => {
      let reference: Reference;
      try {
        reference = parseReference(text);
      } catch (error) {
        assert.ok(error instanceof ModelError && error.code === 'reference-invalid');
        return;
      }
      assert.deepEqual(parseReference(formatReference(reference)), reference);
      assert.deepEqual(parseReference(familiarReference(reference)), reference);
    }),
    { numRuns: 2000 },
  );
});
