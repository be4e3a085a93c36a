import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { listRepositories, listTags, parseRegistryEntry } from '../../../src/catalog/index.ts';
import { parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { type FakeRegistry, type Handler, sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { tagNames } from './lists.ts';

/** The names of repositories, in their order. */
const namesIn = async (...args: Parameters<typeof listRepositories>): Promise<string[]> =>
  (await listRepositories(...args)).map(({ name }) => name);

const HUB = { host: 'docker.io', namespace: 'ai' };

describe('entries', () => {
  const table: readonly [text: string, host: string, namespace: string | undefined][] = [
    ['docker.io/ai', 'docker.io', 'ai'],
    [' docker.io/ai/ ', 'docker.io', 'ai'],
    ['ai', 'docker.io', 'ai'],
    ['ai/smollm2', 'docker.io', 'ai/smollm2'],
    ['index.docker.io/ai', 'docker.io', 'ai'],
    ['https://hub.docker.com/r/ai/smollm2', 'docker.io', 'ai/smollm2'],
    ['localhost:5000', 'localhost:5000', undefined],
    ['http://localhost:5000/', 'localhost:5000', undefined],
    ['oci://127.0.0.1:5000/ai', '127.0.0.1:5000', 'ai'],
    ['GHCR.io/org/model', 'ghcr.io', 'org/model'],
    ['[::1]:5000/ai', '[::1]:5000', 'ai'],
    ['hf.co/Qwen', 'huggingface.co', 'Qwen'],
    ['https://huggingface.co/Qwen/Qwen3-8B-GGUF', 'huggingface.co', 'Qwen/Qwen3-8B-GGUF'],
    ['registry.ollama.ai', 'registry.ollama.ai', undefined],
    ['https://hub.docker.com/u/ai', 'docker.io', 'ai'],
    ['hub.docker.com/r/ai/', 'docker.io', 'ai'],
    ['https://hub.docker.com/orgs/ai/repositories?page=2', 'docker.io', 'ai'],
    ['https://quay.io/organization/ramalama', 'quay.io', 'ramalama'],
    ['https://ollama.com/library', 'registry.ollama.ai', undefined],
    ['https://ghcr.io/v2/', 'ghcr.io', undefined],
    ['https://ghcr.io/v2/org/model', 'ghcr.io', 'org/model'],
    ['ghcr.io/v2', 'ghcr.io', 'v2'],
  ];
  for (const [text, host, namespace] of table) {
    test(text, () => assert.deepEqual(parseRegistryEntry(text), { host, namespace }));
  }
  const refused: readonly [text: string, says: RegExp][] = [
    ['', /type a host/],
    ['docker.io', /add a namespace, such as docker.io\/ai/],
    ['ghcr.io/Org', /lower-case; write “ghcr\.io\/org”/],
    ['Foo', /write “foo”/],
    ['https://hub.docker.com/', /add a namespace, such as docker.io\/ai/],
    ['ghcr.io:99999/org', /port 99999 is larger than 65535/],
    ['ghcr.io/org/model:tag', /without a tag/],
    ['-x.io', /not a host name/],
    ['user:secret@example.com/a', /^The address contains a user name or a password/],
  ];
  for (const [text, says] of refused) {
    test(`“${text}” is refused`, () => {
      assert.throws(
        () => parseRegistryEntry(text),
        (error) =>
          error instanceof ModelError && error.code === 'reference-invalid' && says.test(error.message),
      );
    });
  }
});

/** Every host's own API, served at one place. */
const apisAt = (host: string) =>
  Object.fromEntries(['docker.io', 'huggingface.co', 'quay.io'].map((name) => [name, `http://${host}`]));

async function serve(t: { after(end: () => Promise<void>): void }, handler: Handler) {
  const server: FakeRegistry = await startFakeRegistry(handler);
  const registry = new RegistryClient({ retryBaseMs: 1 });
  t.after(async () => {
    await registry.close();
    await server.close();
  });
  return { server, registry, options: { registry, apiUrls: apisAt(server.host) } };
}

const repository = (name: string, more = {}) => ({ name, namespace: 'ai', is_private: false, ...more });

describe('Docker Hub', () => {
  test('pages are followed in their order; private and unusable names are left out', async (t) => {
    const { server, options } = await serve(t, (request, response) => {
      const url = new URL(request.url ?? '', 'http://hub');
      assert.equal(url.pathname, '/v2/repositories/ai/');
      if (url.searchParams.get('page') === '2') {
        sendJson(response, 200, { count: 4, next: null, results: [repository('qwen3')] });
        return;
      }
      assert.equal(url.searchParams.get('page_size'), '100');
      assert.equal(url.searchParams.get('ordering'), 'pull_count');
      const results = [repository('smollm2'), repository('hidden', { is_private: true }), repository('../x')];
      sendJson(response, 200, { next: `http://${server.host}/v2/repositories/ai/?page=2`, results });
    });
    assert.deepEqual(await namesIn(HUB, options), ['ai/smollm2', 'ai/qwen3']);
  });

  test('a next page on another server is not asked for', async (t) => {
    const { server, options } = await serve(t, (_, response) => {
      sendJson(response, 200, { next: 'http://127.0.0.1:1/steal', results: [repository('a')] });
    });
    assert.deepEqual(await namesIn(HUB, options), ['ai/a']);
    assert.equal(server.requests.length, 1);
  });

  test('an endless list ends', async (t) => {
    const { server, options } = await serve(t, (request, response) => {
      sendJson(response, 200, { next: request.url, results: [repository('a')] });
    });
    let isCut = false;
    const onCut = (): void => {
      isCut = true;
    };
    assert.deepEqual(await namesIn(HUB, { ...options, onCut }), ['ai/a']);
    assert.equal(server.requests.length, 20);
    assert.equal(isCut, true);
  });

  for (const [status, code] of [
    [404, 'not-found'],
    [429, 'rate-limited'],
    [500, 'registry-error'],
  ] as const) {
    test(`${status} is ${code}`, async (t) => {
      const { options } = await serve(t, (_, response) => sendJson(response, status, {}));
      await assert.rejects(listRepositories(HUB, options), { code });
    });
  }

  test('an answer that is not the list', async (t) => {
    const { options } = await serve(t, (_, response) => sendJson(response, 200, { results: [{ title: 1 }] }));
    await assert.rejects(listRepositories(HUB, options), {
      code: 'registry-error',
      message: /unexpected response for the repositories of ai/,
    });
  });
});

describe('other registries', () => {
  const withCatalog: Handler = (request, response) => {
    if (request.url?.startsWith('/v2/_catalog')) {
      return sendJson(response, 200, { repositories: ['team/b', 'team/a', 'teamwork/c', 'team'] });
    }
    sendJson(response, 200, { tags: ['12b', 'latest', '1b', '-bad', 'Q8_0'] });
  };

  test('a namespace is a part of the catalogue', async (t) => {
    const { server, options } = await serve(t, withCatalog);
    const host = server.host;
    assert.deepEqual(await namesIn({ host, namespace: 'team' }, options), ['team', 'team/a', 'team/b']);
    const all = await namesIn({ host, namespace: undefined }, options);
    assert.deepEqual(all, ['team', 'team/a', 'team/b', 'teamwork/c']);
    assert.deepEqual(await tagNames({ host, namespace: 'team' }, 'team/a', options), [
      'latest',
      '1b',
      '12b',
      'Q8_0',
    ]);
  });

  test('without a catalogue a repository lists itself', async (t) => {
    const { server, options } = await serve(t, (request, response) => {
      if (request.url?.startsWith('/v2/org/model/tags')) return sendJson(response, 200, { tags: ['v1'] });
      sendJson(response, 404, { errors: [{ code: 'NAME_UNKNOWN', message: 'no' }] });
    });
    const host = server.host;
    assert.deepEqual(await namesIn({ host, namespace: 'org/model' }, options), ['org/model']);
    await assert.rejects(listRepositories({ host, namespace: 'org' }, options), {
      code: 'not-found',
      message: /does not list its repositories/,
    });
    await assert.rejects(listRepositories({ host, namespace: undefined }, options), { code: 'not-found' });
  });
});

describe('Hugging Face', () => {
  const HF = { host: 'huggingface.co', namespace: 'Qwen' };
  const REPOSITORY = 'Qwen/Qwen3-8B-GGUF';
  const files = [
    'README.md',
    'Qwen3-8B-Q8_0.gguf',
    'Qwen3-8B-Q4_K_M.gguf',
    'mmproj-F16.gguf',
    'big-00001-of-00002.gguf',
    'BF16/in-a-folder.gguf',
    '../up.gguf',
  ];

  async function serveApi(t: Parameters<typeof serve>[0], handler?: Handler) {
    return serve(
      t,
      handler ??
        ((request, response) => {
          const url = new URL(request.url ?? '', 'http://hf');
          if (url.pathname === `/api/models/${REPOSITORY}`) {
            return sendJson(response, 200, { siblings: files.map((rfilename) => ({ rfilename })) });
          }
          assert.deepEqual([url.pathname, url.searchParams.get('filter')], ['/api/models', 'gguf']);
          sendJson(response, 200, [{ id: REPOSITORY }, { id: '../x' }, { id: 'no-owner' }]);
        }),
    );
  }

  test('repositories come from its API, and the files that can be pulled are tags', async (t) => {
    const { server, options } = await serveApi(t);
    assert.deepEqual(await namesIn(HF, options), [REPOSITORY]);
    assert.match(server.requests[0]?.url ?? '', /author=Qwen/);
    assert.deepEqual(await namesIn({ ...HF, namespace: undefined }, options), [REPOSITORY]);
    assert.deepEqual(await namesIn({ ...HF, namespace: REPOSITORY }, options), [REPOSITORY]);
    const tags = await tagNames(HF, REPOSITORY, options);
    assert.deepEqual(tags, ['Qwen3-8B-Q4_K_M.gguf', 'Qwen3-8B-Q8_0.gguf']);
    for (const tag of tags) parseReference(`hf.co/${REPOSITORY}:${tag}`);
  });

  for (const [status, code] of [
    [401, 'not-found'],
    [404, 'not-found'],
    [429, 'rate-limited'],
    [503, 'registry-error'],
  ] as const) {
    test(`${status} is ${code}`, async (t) => {
      const { options } = await serveApi(t, (_, response) => sendJson(response, status, {}));
      await assert.rejects(listTags(HF, REPOSITORY, options), { code });
    });
  }

  test('an answer that is not the list', async (t) => {
    const { options } = await serveApi(t, (_, response) => sendJson(response, 200, { error: 'x' }));
    await assert.rejects(listRepositories(HF, options), { code: 'registry-error' });
  });
});

test("Ollama's registry is not asked for lists that it does not have", async (t) => {
  const { options } = await serve(t, () => assert.fail('asked'));
  const entry = { host: 'registry.ollama.ai', namespace: 'library' };
  const expected = { code: 'not-found', message: /does not list models or tags.*ollama:\/\// };
  await assert.rejects(listRepositories(entry, options), expected);
  await assert.rejects(listTags(entry, 'library/qwen3', options), expected);
});
