/**
 * APIs that hosts have beside the distribution API: Quay's lists, and the searches.
 *
 * The rows of `busybox` have the fields and values of the answers printed in Red Hat Quay's API guide
 * (tags of a repository, and an empty page of a search). Everything else is made after the views in quay/quay
 * (endpoints/api/repository.py, tag.py and search.py), Docker Hub's and Hugging Face's API references. None was
 * recorded from the public hosts.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { canSearch, listRepositories, listTags, searchRepositories } from '../../../src/catalog/index.ts';
import { UndiciSender } from '../../../src/oci/http/undiciSender.ts';
import { RegistryClient } from '../../../src/oci/index.ts';
import { type Handler, sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { sizesOf, tagNames } from './lists.ts';

/** The names of repositories, in their order. */
const namesIn = async (...args: Parameters<typeof listRepositories>): Promise<string[]> =>
  (await listRepositories(...args)).map(({ name }) => name);
const foundBy = async (...args: Parameters<typeof searchRepositories>): Promise<string[]> =>
  (await searchRepositories(...args)).map(({ name }) => name);

const QUAY = { host: 'quay.io', namespace: 'org' };
const DIGEST = 'sha256:57583a1b9c0a7509d3417387b4f43acf80d08cdcf5266ac87987be3f8f919d5d';

/** Serves quay.io, its API and its registry, from this machine. */
async function serve(t: TestContext, handler: Handler) {
  const server = await startFakeRegistry(handler);
  const network = new UndiciSender();
  const sender = {
    send: (request: Parameters<UndiciSender['send']>[0]) =>
      network.send({
        ...request,
        url: new URL(request.url.pathname + request.url.search, `http://${server.host}`),
      }),
    close: () => network.close(),
  };
  const registry = new RegistryClient({ sender, retryBaseMs: 1 });
  t.after(async () => {
    await registry.close();
    await network.close();
    await server.close();
  });
  let cuts = 0;
  const options = {
    registry,
    onCut: () => {
      cuts++;
    },
  };
  const paths = (): string[] => server.requests.map(({ url }) => url ?? '');
  return { server, options, paths, cuts: () => cuts };
}

const listed = (name: string, more = {}) => ({
  namespace: 'org',
  name,
  description: null,
  is_public: true,
  kind: 'image',
  state: 'NORMAL',
  is_starred: false,
  ...more,
});
const found = (name: string, more = {}) => ({
  kind: 'repository',
  title: 'repo',
  namespace: { title: 'org', kind: 'organization', name: 'org', score: 1, href: '/organization/org' },
  name,
  description: '',
  is_public: true,
  score: 4,
  href: `/repository/org/${name}`,
  stars: 0,
  ...more,
});

describe('Quay', () => {
  test('public repositories come page by page, and only those that can be pulled', async (t) => {
    const { options, paths, cuts } = await serve(t, (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://quay');
      if (searchParams.get('next_page') === 'gAAA=') {
        return sendJson(response, 200, { repositories: [listed('b'), listed('a')] });
      }
      const hidden = [
        listed('private', { is_public: false }),
        listed('helm', { kind: 'application' }),
        listed('../up'),
        listed('Upper'),
      ];
      sendJson(response, 200, { repositories: [listed('team/c'), ...hidden], next_page: 'gAAA=' });
    });
    assert.deepEqual(await namesIn(QUAY, options), ['org/a', 'org/b', 'org/team/c']);
    assert.deepEqual(paths(), [
      '/api/v1/repository?namespace=org&public=true',
      '/api/v1/repository?namespace=org&public=true&next_page=gAAA%3D',
    ]);
    assert.equal(cuts(), 0);
  });

  test('an endless list ends, and says that it was cut', async (t) => {
    const { options, paths, cuts } = await serve(t, (_, response) =>
      sendJson(response, 200, { repositories: [listed('a')], next_page: 'again' }),
    );
    assert.deepEqual(await namesIn(QUAY, options), ['org/a']);
    assert.equal(paths().length, 20);
    assert.equal(cuts(), 1);
  });

  for (const [name, status, body] of [
    ['refuses', 401, { message: 'Anonymous access is not allowed' }],
    ['is limited', 429, {}],
    ['answers with something else', 200, { repositories: [{ title: 1 }] }],
    ['answers with nothing', 200, null],
    ['knows none', 200, { repositories: [] }],
  ] as const) {
    test(`if the API ${name}, the registry is asked`, async (t) => {
      const { options } = await serve(t, (request, response) => {
        if (request.url?.startsWith('/api/')) return sendJson(response, status, body);
        if (request.url?.startsWith('/v2/_catalog')) {
          return sendJson(response, 200, { repositories: ['org/private', 'other/x'] });
        }
        sendJson(response, 404, {});
      });
      assert.deepEqual(await namesIn(QUAY, options), ['org/private']);
    });
  }

  test('if the registry refuses too, the first refusal is told', async (t) => {
    const { options } = await serve(t, (request, response) => {
      if (request.url?.startsWith('/api/')) return sendJson(response, 429, { message: 'slow down' });
      sendJson(response, 404, { errors: [{ code: 'NAME_UNKNOWN' }] });
    });
    await assert.rejects(listRepositories(QUAY, options), {
      code: 'rate-limited',
      message:
        'Quay limits how often its lists are requested (\u2068slow down\u2069). Wait a minute and try again.',
    });
  });

  test('a whole repository is asked for its tags, without the API', async (t) => {
    const { options, paths } = await serve(t, (request, response) => {
      if (request.url?.startsWith('/v2/org/m/tags/list')) return sendJson(response, 200, { tags: ['v1'] });
      sendJson(response, 404, { errors: [{ code: 'NAME_UNKNOWN' }] });
    });
    assert.deepEqual(await namesIn({ ...QUAY, namespace: 'org/m' }, options), ['org/m']);
    assert.equal(
      paths().some((path) => path.startsWith('/api/')),
      false,
    );
    assert.deepEqual(await tagNames(QUAY, 'org/m', options), ['v1']);
  });

  const busybox = (name: string, size: unknown = 2275314) => ({
    name,
    reversion: false,
    start_ts: 1715697708,
    manifest_digest: DIGEST,
    is_manifest_list: false,
    size,
    last_modified: 'Tue, 14 May 2024 14:48:51 -0000',
  });

  test('sizes of tags come page by page', async (t) => {
    const { options, paths } = await serve(t, (request, response) => {
      const isFirst = request.url?.endsWith('page=1') === true;
      const tags = isFirst ? [busybox('example'), busybox('index', null)] : [busybox('test', 7)];
      sendJson(response, 200, { tags, page: isFirst ? 1 : 2, has_additional: isFirst });
    });
    const sizes = await sizesOf(QUAY, 'quayadmin/busybox', options);
    assert.deepEqual(
      [...sizes],
      [
        ['example', 2275314],
        ['test', 7],
      ],
    );
    assert.deepEqual(
      paths(),
      [1, 2].map(
        (page) => `/api/v1/repository/quayadmin/busybox/tag/?onlyActiveTags=true&limit=100&page=${page}`,
      ),
    );
  });

  test('an item that is not as documented is left out, and the others stay', async (t) => {
    const { options } = await serve(t, (request, response) => {
      if (request.url?.includes('/tag/') === true)
        return sendJson(response, 200, { tags: [busybox('a', 'huge'), busybox('b', 3)] });
      if (request.url?.includes('/find/') === true)
        return sendJson(response, 200, { results: [found('m1'), { name: 7 }] });
      sendJson(response, 200, { repositories: [{ namespace: null }, listed('m2'), 'text'] });
    });
    assert.deepEqual(await namesIn(QUAY, options), ['org/m2']);
    assert.deepEqual([...(await sizesOf(QUAY, 'org/m', options))], [['b', 3]]);
    assert.deepEqual(await foundBy('quay.io', 'x', options), ['org/m1']);
  });

  for (const [name, status, body] of [
    ['refusal', 403, {}],
    ['answer of another form', 200, { tags: 'none' }],
    ['negative size', 200, { tags: [busybox('x', -1)], has_additional: true }],
    ['text for a size', 200, { tags: [busybox('x', '7')], has_additional: true }],
  ] as const) {
    test(`sizes end with a ${name}`, async (t) => {
      const { options, paths } = await serve(t, (_, response) => sendJson(response, status, body));
      assert.equal((await sizesOf(QUAY, 'org/m', options)).size, 0);
      assert.equal(paths().length, 1);
    });
  }

  test('sizes end after some pages', async (t) => {
    const { options, paths } = await serve(t, (_, response) =>
      sendJson(response, 200, { tags: [busybox('x')], has_additional: true }),
    );
    assert.equal((await sizesOf(QUAY, 'org/m', options)).size, 1);
    assert.equal(paths().length, 5);
  });

  test('a search takes some pages, and names that can be pulled', async (t) => {
    const { options, paths, cuts } = await serve(t, (request, response) => {
      const page = Number(new URL(request.url ?? '', 'http://quay').searchParams.get('page'));
      const results = [found(`m${page}`), found('app', { kind: 'application' }), found('Up')];
      sendJson(response, 200, { results, has_additional: true, page, page_size: 10, start_index: 0 });
    });
    const expected = [1, 2, 3, 4, 5].map((page) => `org/m${page}`);
    assert.deepEqual(await foundBy('quay.io', ' llama 3 ', options), expected);
    assert.equal(paths()[1], '/api/v1/find/repositories?query=llama+3&page=2');
    assert.equal(cuts(), 1);
  });

  test('a search without results', async (t) => {
    const { options } = await serve(t, (_, response) =>
      sendJson(response, 200, {
        results: [],
        has_additional: false,
        page: 2,
        page_size: 10,
        start_index: 10,
      }),
    );
    assert.deepEqual(await foundBy('quay.io', 'x', options), []);
  });

  test('a search that is refused', async (t) => {
    const { options } = await serve(t, (_, response) => sendJson(response, 503, {}));
    await assert.rejects(searchRepositories('quay.io', 'x', options), {
      code: 'registry-error',
      retryable: true,
    });
  });
});

describe('searches of other hosts', () => {
  test('Docker Hub', async (t) => {
    const { options, paths, cuts } = await serve(t, (_, response) => {
      const row = (repo_name: string) => ({
        repo_name,
        short_description: '',
        star_count: 1,
        is_official: false,
      });
      const results = [row('ai/smollm2'), row('redis'), row('../x'), row('Bad/Name')];
      sendJson(response, 200, { count: 400, next: 'https://hub.docker.com/?page=2', results });
    });
    assert.deepEqual(await foundBy('docker.io', 'smol', options), ['ai/smollm2', 'library/redis']);
    assert.deepEqual(paths(), ['/v2/search/repositories/?query=smol&page_size=100']);
    assert.equal(cuts(), 1);
  });

  test('Hugging Face', async (t) => {
    const { options, paths } = await serve(t, (_, response) =>
      sendJson(response, 200, [{ id: 'Qwen/Qwen3-8B-GGUF' }, { id: 'gpt2' }, { id: 'a/b/c' }]),
    );
    assert.deepEqual(await foundBy('huggingface.co', 'qwen3', options), ['Qwen/Qwen3-8B-GGUF']);
    assert.match(paths()[0] ?? '', /^\/api\/models\?search=qwen3&filter=gguf&/);
  });

  test('a registry without a search, and a search for nothing, ask nobody', async (t) => {
    const { options } = await serve(t, () => assert.fail('asked'));
    for (const host of ['ghcr.io', 'registry.ollama.ai']) {
      assert.equal(canSearch(host), false);
      assert.deepEqual(await foundBy(host, 'x', options), []);
    }
    assert.equal(canSearch('quay.io'), true);
    assert.deepEqual(await foundBy('quay.io', '  ', options), []);
  });
});

describe('tags of Docker Hub', () => {
  const HUB = { host: 'docker.io', namespace: 'ai' };

  test('have their sizes from the same pages, each of which is asked for once', async (t) => {
    const { options, paths } = await serve(t, (request, response) => {
      const isFirst = request.url?.endsWith('page=1') === true;
      const results = isFirst
        ? [
            { name: 'latest', full_size: 100 },
            { name: 'unknown', full_size: null },
            { name: 'none', full_size: 0 },
            { name: 'odd', full_size: 'many' },
            { full_size: 7 },
          ]
        : [
            { name: '135M-Q4_0', full_size: 200 },
            { name: 'latest', full_size: 100 },
          ];
      const url = new URL(request.url ?? '', `http://${request.headers.host}`);
      url.searchParams.set('page', '2');
      sendJson(response, 200, { next: isFirst ? url.pathname + url.search : null, results });
    });
    assert.deepEqual(await listTags(HUB, 'ai/m', options), [
      { tag: 'latest', bytes: 100 },
      { tag: '135M-Q4_0', bytes: 200 },
      { tag: 'none', bytes: undefined },
      { tag: 'odd', bytes: undefined },
      { tag: 'unknown', bytes: undefined },
    ]);
    assert.deepEqual(paths(), [
      '/v2/repositories/ai/m/tags/?page_size=100&page=1',
      '/v2/repositories/ai/m/tags/?page_size=100&page=2',
    ]);
  });

  test('come from its API, with those that can be named', async (t) => {
    const { options, paths } = await serve(t, (_, response) =>
      sendJson(response, 200, {
        next: null,
        results: [{ name: '1B-Q4_0' }, { name: 'latest' }, { name: 'a b' }],
      }),
    );
    assert.deepEqual(await tagNames(HUB, 'ai/m', options), ['latest', '1B-Q4_0']);
    assert.deepEqual(paths(), ['/v2/repositories/ai/m/tags/?page_size=100&page=1']);
  });

  for (const status of [404, 429, 500]) {
    test(`come from the registry if the API answers ${status}, as it does for private repositories`, async (t) => {
      const { options } = await serve(t, (request, response) => {
        if (request.url?.startsWith('/v2/repositories/') === true) return sendJson(response, status, {});
        sendJson(response, 200, { name: 'ai/m', tags: ['private'] });
      });
      assert.deepEqual(await tagNames(HUB, 'ai/m', options), ['private']);
    });
  }
});
