import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webPage } from '../../../src/catalog/index.ts';
import { formatReference, parseReference } from '../../../src/oci/index.ts';

test('the page of a model is where its registry has it', () => {
  const pages: readonly [reference: string, page: string | undefined][] = [
    ['smollm2:135M-Q4_0', 'https://hub.docker.com/r/ai/smollm2'],
    ['docker.io/library/postgres', 'https://hub.docker.com/_/postgres'],
    [
      'hf.co/Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M',
      'https://huggingface.co/Qwen/Qwen2.5-0.5B-Instruct-GGUF',
    ],
    ['registry.ollama.ai/library/llama3.2:1b', 'https://ollama.com/library/llama3.2:1b'],
    ['quay.io/org/model:tag', 'https://quay.io/repository/org/model'],
    ['localhost:5000/ai/smollm2', undefined],
    ['ghcr.io/org/model', undefined],
    ['imported.invalid/lm-studio/x:Q4_0', undefined],
    ['constructor.example/ai/smollm2', undefined],
  ];
  for (const [reference, page] of pages) assert.equal(webPage(parseReference(reference)), page, reference);
  assert.equal(webPage({ registry: 'constructor', repository: 'x' }), undefined);
});

test('a page that is pasted where a model is named leads to the same model', () => {
  for (const reference of [
    'docker.io/ai/smollm2:latest',
    'docker.io/library/postgres:latest',
    'huggingface.co/Qwen/Qwen2.5-0.5B-Instruct-GGUF:latest',
    'registry.ollama.ai/someone/model:1b',
  ])
    assert.equal(formatReference(parseReference(webPage(parseReference(reference)) ?? '')), reference);
});
