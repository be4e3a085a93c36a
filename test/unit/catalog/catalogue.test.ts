/** Lists with their age: asked for once an hour, kept on disk, shown from there while a host does not answer. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { Catalogue } from '../../../src/catalog/index.ts';
import { RegistryClient } from '../../../src/oci/index.ts';
import { type Handler, sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';

const HUB = { host: 'docker.io', namespace: 'ai' };
const HOUR_MS = 60 * 60_000;

const page = {
  results: [
    { name: 'smollm2', namespace: 'ai', description: 'Small\nand quick', pull_count: 1234567 },
    { name: 'gemma3', namespace: 'ai', description: null, pull_count: null },
  ],
};

/** A hub that answers until it is told to fail, and a catalogue at a time that a test sets. */
async function open(t: TestContext, handler?: Handler) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-lists-'));
  const state = { failsWith: 0, now: 1e12 };
  const server = await startFakeRegistry((request, response) => {
    if (state.failsWith !== 0) return sendJson(response, state.failsWith, {});
    if (handler !== undefined) return handler(request, response);
    sendJson(response, 200, page);
  });
  const registry = new RegistryClient({ retryBaseMs: 1 });
  t.after(async () => {
    await registry.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const make = (): Catalogue =>
    new Catalogue({
      folder,
      registry: () => registry,
      apiUrls: () => ({ 'docker.io': `http://${server.host}` }),
      log: silentLog,
      now: () => state.now,
    });
  return { server, folder, state, make, asked: () => server.requests.length };
}

describe('the catalogue', () => {
  test('has the pulls and the description of a repository', async (t) => {
    const { make } = await open(t);
    assert.deepEqual((await make().repositories(HUB)).items, [
      { name: 'ai/smollm2', pulls: 1234567, description: 'Small and quick' },
      { name: 'ai/gemma3', pulls: undefined, description: undefined },
    ]);
  });

  test('asks once an hour, also in another window, and at once after a refresh', async (t) => {
    const { make, state, asked } = await open(t);
    const first = await make().repositories(HUB);
    state.now += HOUR_MS - 1;
    const catalogue = make();
    const second = await catalogue.repositories(HUB);
    assert.equal(asked(), 1);
    assert.equal(second.origin, undefined);
    assert.equal(second.items.length, first.items.length);
    catalogue.expire('ghcr.io');
    await catalogue.repositories(HUB);
    assert.equal(asked(), 1);
    catalogue.expire('docker.io');
    await catalogue.repositories(HUB);
    assert.equal(asked(), 2);
    state.now += HOUR_MS;
    await catalogue.repositories(HUB);
    assert.equal(asked(), 3);
    // A clock that was set back.
    state.now -= 10 * HOUR_MS;
    await catalogue.repositories(HUB);
    assert.equal(asked(), 4);
  });

  test('shows the kept list with its age while the host fails', async (t) => {
    const { make, state } = await open(t);
    const catalogue = make();
    const askedAt = state.now;
    const { items } = await catalogue.repositories(HUB);
    state.now += 3 * HOUR_MS;
    state.failsWith = 429;
    const old = await catalogue.repositories(HUB);
    assert.deepEqual(
      old.items.map(({ name }) => name),
      items.map(({ name }) => name),
    );
    assert.ok(old.origin?.kind === 'kept');
    assert.equal(old.origin.askedAt, askedAt);
    assert.match(String(old.origin.failure), /limits how often/);
  });

  test('has a list of its own for Docker’s namespace, and for nothing else', async (t) => {
    const { make, state, asked } = await open(t);
    state.failsWith = 429;
    const catalogue = make();
    const { items, origin } = await catalogue.repositories(HUB);
    assert.equal(origin?.kind, 'built-in');
    assert.ok(items.length > 30);
    await assert.rejects(catalogue.repositories({ host: 'docker.io', namespace: 'other' }), {
      code: 'rate-limited',
    });
    // A built-in list is no reason not to ask again.
    const before = asked();
    state.failsWith = 0;
    assert.equal((await catalogue.repositories(HUB)).origin, undefined);
    assert.equal(asked(), before + 1);
  });

  test('leaves out what is no repository, and keeps the others', async (t) => {
    const results = [{ name: 7 }, ...page.results, null];
    const { make } = await open(t, (_, response) => sendJson(response, 200, { results }));
    const { items } = await make().repositories(HUB);
    assert.deepEqual(
      items.map(({ name }) => name),
      ['ai/smollm2', 'ai/gemma3'],
    );
  });

  test('shows a refusal as it is', async (t) => {
    const { make, state } = await open(t);
    const catalogue = make();
    await catalogue.repositories(HUB);
    catalogue.expire();
    state.now++;
    state.failsWith = 404;
    await assert.rejects(catalogue.repositories(HUB), { code: 'not-found' });
  });

  test('asks again if the file is damaged or of another list', async (t) => {
    const { make, folder, asked } = await open(t);
    await make().repositories(HUB);
    const [file = ''] = await readdir(folder);
    for (const text of ['{', '{"key":"x","askedAt":1,"isCut":false,"items":[]}', '{"items":[{"name":1}]}']) {
      await writeFile(join(folder, file), text);
      const before = asked();
      assert.equal((await make().repositories(HUB)).items.length, 2);
      assert.equal(asked(), before + 1);
    }
    assert.deepEqual(await readdir(folder), [file]);
  });

  test('that cannot be saved is shown nevertheless', async (t) => {
    const { make, folder, asked } = await open(t);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file');
    assert.equal((await make().repositories(HUB)).items.length, 2);
    assert.equal((await make().repositories(HUB)).items.length, 2);
    assert.equal(asked(), 2);
  });
});
