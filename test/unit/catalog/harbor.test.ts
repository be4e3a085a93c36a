/**
 * Harbor's lists. The fields are those of goharbor/harbor, api/v2.0/swagger.yaml (`Repository`, `Artifact`, `Tag`); no
 * answer was recorded from a public Harbor.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { listRepositories } from '../../../src/catalog/index.ts';
import { RegistryClient } from '../../../src/oci/index.ts';
import { type Handler, sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { sizesOf } from './lists.ts';

const repository = (name: string, pulls: number) => ({
  id: pulls,
  project_id: 2,
  name,
  description: '',
  artifact_count: 1,
  pull_count: pulls,
  creation_time: '2026-01-02T03:04:05.000Z',
});

/** A registry that wants a login for its list, and answers its own API as `api` does. */
async function serve(t: TestContext, api: Handler) {
  const server = await startFakeRegistry((request, response) => {
    if (request.url?.startsWith('/api/') === true) return api(request, response);
    sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'unauthorized' }] });
  });
  const registry = new RegistryClient({ retryBaseMs: 1 });
  t.after(async () => {
    await registry.close();
    await server.close();
  });
  const paths = (): string[] =>
    server.requests.map(({ url = '' }) => url).filter((url) => url.startsWith('/api/'));
  return { host: server.host, options: { registry }, paths };
}

describe('Harbor', () => {
  test('lists the repositories of a project page by page, and sizes from then on', async (t) => {
    const many = Array.from({ length: 100 }, (_, index) => repository(`ai/m${index}`, 200 - index));
    const { host, options, paths } = await serve(t, (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://harbor');
      if (pathname.endsWith('/artifacts')) {
        return sendJson(response, 200, [
          { size: 5e8, tags: [{ name: 'latest' }, { name: '1B-Q4_0' }] },
          { size: 7, tags: null },
        ]);
      }
      sendJson(response, 200, searchParams.get('page') === '1' ? many : [repository('ai/team/last', 1)]);
    });
    const entry = { host, namespace: 'ai' };
    assert.equal((await sizesOf(entry, 'ai/team/last', options)).size, 0);
    assert.deepEqual(paths(), []);
    const found = await listRepositories(entry, options);
    assert.equal(found.length, 101);
    assert.deepEqual(found[0], { name: 'ai/m0', description: undefined, pulls: 200 });
    assert.deepEqual(paths(), [
      '/api/v2.0/projects/ai/repositories?page=1&page_size=100&sort=-pull_count',
      '/api/v2.0/projects/ai/repositories?page=2&page_size=100&sort=-pull_count',
    ]);
    const sizes = await sizesOf(entry, 'ai/team/last', options);
    assert.deepEqual(
      [...sizes],
      [
        ['latest', 5e8],
        ['1B-Q4_0', 5e8],
      ],
    );
    assert.equal(
      paths().at(-1),
      '/api/v2.0/projects/ai/repositories/team%252Flast/artifacts?page=1&page_size=100&with_tag=true',
    );
  });

  test('goes on after a full page with an item that is not as documented', async (t) => {
    const full: unknown[] = Array.from({ length: 99 }, (_, index) => repository(`ai/m${index}`, 200 - index));
    const { host, options, paths } = await serve(t, (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://harbor');
      const isFirst = searchParams.get('page') === '1';
      if (pathname.endsWith('/artifacts')) {
        const first = [...Array.from({ length: 99 }, () => ({ size: 7, tags: [] })), 'text'];
        return sendJson(response, 200, isFirst ? first : [{ size: 5, tags: [{ name: 'last' }] }]);
      }
      sendJson(response, 200, isFirst ? [...full, { name: 'ai/odd' }] : [repository('ai/last', 1)]);
    });
    const entry = { host, namespace: 'ai' };
    assert.equal((await listRepositories(entry, options)).at(-1)?.name, 'ai/last');
    assert.deepEqual([...(await sizesOf(entry, 'ai/last', options))], [['last', 5]]);
    assert.equal(paths().length, 4);
  });

  test('lists all public repositories, and ends after ten pages', async (t) => {
    const full = Array.from({ length: 100 }, (_, index) => repository(`p/m${index}`, 1));
    const { host, options, paths } = await serve(t, (_, response) => sendJson(response, 200, full));
    let cuts = 0;
    const onCut = (): void => void cuts++;
    await listRepositories({ host, namespace: undefined }, { ...options, onCut });
    assert.equal(paths().length, 10);
    assert.equal(paths()[0]?.split('?')[0], '/api/v2.0/repositories');
    assert.equal(cuts, 1);
  });

  for (const [what, status, body] of [
    ['refuses', 403, { errors: [] }],
    ['is another server', 200, [{ name: 'ai/m' }]],
    ['has no such path', 404, {}],
  ] as const) {
    test(`a host that ${what} fails with the registry’s own refusal`, async (t) => {
      const { host, options } = await serve(t, (_, response) => sendJson(response, status, body));
      const entry = { host, namespace: undefined };
      await assert.rejects(listRepositories(entry, options), { code: 'auth-required' });
      assert.equal((await sizesOf(entry, 'ai/m', options)).size, 0);
    });
  }
});
