/** Models on servers beside those of the store: listed without waiting, chosen while the server is away. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { EnginePool, engineFactory, listModels } from '../../../src/engine/index.ts';
import {
  Choices,
  type EndpointEntry,
  Endpoints,
  isEndpointModel,
  Session,
} from '../../../src/session/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { chat } from '../../support/chat.ts';
import { endpointAccess } from '../../support/endpointEngine.ts';
import {
  endEvent,
  events,
  modelList,
  type ScriptedServer,
  startScriptedServer,
  textEvent,
} from '../../support/scriptedServer.ts';
import { until } from '../../support/until.ts';

async function setup(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-endpoints-'));
  const server = await startScriptedServer(({ method, path }) => {
    if (path === '/v1/models') return modelList('coder', '/models/deep/thinker.gguf');
    return method === 'POST' ? { pieces: events(textEvent('Hi'), endEvent()) } : undefined;
  });
  const store = await ModelStore.open(join(folder, 'store'));
  const access = endpointAccess(t);
  const entries: EndpointEntry[] = [{ name: 'Office', url: server.url }];
  let now = 0;
  const endpoints = new Endpoints({
    entries: () => entries,
    list: ({ url }) => listModels(access, new URL(url)),
    log: silentLog,
    now: () => now,
  });
  const pool = new EnginePool(engineFactory({ hostPath: '/nowhere', endpoints: access }));
  const choices = new Choices({ folder: join(folder, 'choices'), log: silentLog });
  const loadOptions = () => ({});
  const session = new Session({
    store: async () => store,
    pool,
    choices,
    endpoints,
    loadOptions,
    log: silentLog,
  });
  t.after(async () => {
    session.dispose();
    choices.dispose();
    await pool.unloadAll();
    store.dispose();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const asked = (): number => server.requests.filter(({ path }) => path === '/v1/models').length;
  const wait = (ms: number): void => {
    now += ms;
  };
  return { server, entries, endpoints, session, pool, asked, wait };
}

const idOf = ({ url }: ScriptedServer, model: string): string => `endpoint:${url}#${model}`;

describe('models on servers', () => {
  test('are listed when their server has answered, and asked for again after a while', async (t) => {
    const { session, server, asked, wait } = await setup(t);
    let changes = 0;
    session.onDidChangeModels(() => changes++);
    assert.deepEqual(await session.usable(), []);
    await until(() => changes === 1);
    const models = await session.usable();
    assert.deepEqual(
      models.map(({ id, label }) => [id, label]),
      [
        [idOf(server, 'coder'), 'coder'],
        [idOf(server, '/models/deep/thinker.gguf'), 'thinker.gguf'],
      ],
    );
    assert.deepEqual([await session.list(), asked()], [[], 1]);
    wait(61_000);
    assert.equal((await session.usable()).length, 2, 'what is known stays while it is asked again');
    await until(() => asked() === 2);
  });

  test('are asked for with the new key, though an answer to the old one is on its way', async (t) => {
    const entry: EndpointEntry = { name: 'Office', url: 'http://127.0.0.1:1/v1' };
    const answers: ((models: readonly string[]) => void)[] = [];
    const endpoints = new Endpoints({
      entries: () => [entry],
      list: async ({ url }) => {
        const models = await new Promise<readonly string[]>((resolve) => answers.push(resolve));
        return { url, server: 'vLLM', models: models.map((id) => ({ id, abilities: {} })) };
      },
      log: silentLog,
    });
    t.after(() => endpoints.dispose());
    endpoints.statuses();
    const refreshed = endpoints.refresh(entry);
    assert.equal(answers.length, 2);
    answers[1]?.(['new']);
    await refreshed;
    answers[0]?.(['old']);
    await Promise.resolve();
    assert.deepEqual(
      endpoints.models().map(({ label }) => label),
      ['new'],
    );
  });

  test('answer, are chosen, and are not freed with replaced models of the store', async (t) => {
    const { session, server, pool } = await setup(t);
    const id = idOf(server, 'coder');
    await session.choose(id);
    const model = await session.chosen();
    assert.ok(isEndpointModel(model) && model.endpoint.name === 'Office');
    const { engine, contextTokens } = await session.load(model);
    assert.equal(contextTokens, 8192);
    assert.equal((await chat(engine, [{ role: 'user', content: 'Hello' }])).text, 'Hi');
    assert.deepEqual(
      [session.stateOf(id), session.isLoaded(id), session.isOutdated(model)],
      ['ready', true, false],
    );
    assert.equal(pool.list().length, 1);
    await session.unload(id);
    assert.equal(session.stateOf(id), 'unloaded');
  });

  test('stay chosen while their server is away, and not without their endpoint', async (t) => {
    const { session, server, entries, endpoints } = await setup(t);
    const id = idOf(server, 'coder');
    await session.choose(id);
    await server.close();
    assert.equal((await session.chosen()).id, id);
    await until(() => session.endpoints().every(({ isAsking }) => !isAsking));
    const [status] = session.endpoints();
    assert.match(status?.problem ?? '', /Nothing answers at 127\.0\.0\.1/);
    await assert.rejects(session.load(await session.chosen()), { code: 'offline' });
    entries.length = 0;
    endpoints.reload();
    assert.equal(await session.find(id), undefined);
    await assert.rejects(session.chosen(), { code: 'no-model' });
  });
});
