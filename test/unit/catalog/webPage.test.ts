import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webPage } from '../../../src/catalog/index.ts';
import { formatReference, parseReference, REGISTRY_HOSTS, type Reference } from '../../../src/oci/index.ts';
import fc from '../../support/fastCheck.ts';

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

test('every page that is made is read back as the same model', () => {
  // Names in the grammar of each host, and those that its pages must not be confused by.
  const lower = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?$/);
  const mixed = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,8}(?:\.[a-z0-9]{1,4})?$/);
  const odd = fc.constantFrom(
    'repository',
    'manifest',
    'library',
    'r',
    'tag',
    'tags',
    'datasets',
    'layers',
    'blob',
  );
  const parts = fc.array(fc.oneof(lower, mixed, odd), { minLength: 1, maxLength: 4 });
  const registry = fc.constantFrom(...REGISTRY_HOSTS.map((host) => host.registry));
  const tag = fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,6}$/), { nil: undefined });
  const pages = new Map<string, number>();
  fc.assert(
    fc.property(registry, parts, tag, (host, names, version) => {
      let reference: Reference;
      try {
        const name = `${host}/${names.join('/')}${version === undefined ? '' : `:${version}`}`;
        reference = parseReference(name);
      } catch {
        return;
      }
      const page = webPage(reference);
      if (page === undefined) return;
      pages.set(host, (pages.get(host) ?? 0) + 1);
      const read = parseReference(page);
      assert.deepEqual([read.registry, read.repository], [reference.registry, reference.repository], page);
      if (page.endsWith(`:${reference.tag}`)) assert.equal(read.tag, reference.tag, page);
    }),
    { numRuns: 2000 },
  );
  for (const host of REGISTRY_HOSTS) assert.ok((pages.get(host.registry) ?? 0) > 50, host.registry);
});

test('a page that is pasted where a model is named leads to the same model', () => {
  for (const reference of [
    'docker.io/ai/smollm2:latest',
    'docker.io/library/postgres:latest',
    'huggingface.co/Qwen/Qwen2.5-0.5B-Instruct-GGUF:latest',
    'registry.ollama.ai/someone/model:1b',
    'quay.io/org/model:latest',
  ])
    assert.equal(formatReference(parseReference(webPage(parseReference(reference)) ?? '')), reference);
});
