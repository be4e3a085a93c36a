/** Choosing and loading are two verbs, and what answers is what the reference names now. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../src/base/error.ts';
import { silentLog } from '../../../src/base/log.ts';
import { EnginePool, ProcessEngine } from '../../../src/engine/index.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { Choices, OptionsOfModels, Session } from '../../../src/session/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { chat } from '../../support/chat.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import { addLocalModel } from '../../support/localModel.ts';
import { until } from '../../support/until.ts';
import { gguf, text, u32 } from '../gguf/writer.ts';

const hostPath = fileURLToPath(new URL('../engine/llama/scriptedHost.ts', import.meta.url));
const QUESTION = [{ role: 'user', content: 'hello' }] as const;

async function setup(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-session-'));
  const store = await ModelStore.open(join(folder, 'store'));
  const pool = new EnginePool(() => new ProcessEngine({ hostPath }));
  const sessions: Session[] = [];
  t.after(async () => {
    for (const session of sessions) session.dispose();
    await pool.unloadAll();
    store.dispose();
    await rm(folder, { recursive: true, force: true });
  });
  /** A window. All of them share the pool here, so that no more processes than needed are started. */
  let contextTokens: number | undefined;
  const changeContext = (tokens: number): void => {
    contextTokens = tokens;
  };
  const open = (): Session => {
    const choices = new Choices({ folder: join(folder, 'choices'), log: silentLog });
    t.after(() => choices.dispose());
    const loadOptions = () => ({ gpu: 'off', contextTokens }) as const;
    const modelOptions = new OptionsOfModels(join(folder, 'options'), silentLog);
    t.after(() => modelOptions.dispose());
    const session = new Session({
      store: async () => store,
      pool,
      choices,
      modelOptions,
      loadOptions,
      log: silentLog,
    });
    sessions.push(session);
    return session;
  };
  /** @param file the name of the GGUF, which the scripted host begins each answer with. */
  const add = async (name: string, file: string, context = 512): Promise<void> => {
    const path = join(folder, file);
    const pairs = [
      ['general.architecture', text('llama')],
      ['llama.context_length', u32(context)],
    ] as const;
    await writeFile(path, gguf({ pairs, tensors: [{ name: 'token_embd.weight', sizes: [8, 8] }] }));
    await addLocalModel(store, name, await buildDockerModel([path]));
  };
  return { store, pool, open, add, changeContext };
}

async function modelOf(session: Session, name: string) {
  const id = `docker.io/library/${name}`;
  return (
    (await session.findStored(id)) ??
    (await session.findStored(`docker.io/ai/${name}`)) ??
    assert.fail(`no ${name}`)
  );
}

async function answer(session: Session, name: string): Promise<string> {
  const { engine } = await session.load(await modelOf(session, name));
  return (await chat(engine, QUESTION)).text.split(' ')[0] ?? '';
}

describe('a session', () => {
  test('loads a model again when its options change in any window, and not when they do not concern the load', async (t) => {
    const { add, open } = await setup(t);
    await add('one:1', 'one.gguf');
    const [session, other] = [open(), open()];
    const one = await modelOf(session, 'one:1');
    const { engine } = await session.load(one);
    await other.setOptions(one.id, { systemPrompt: 'Be brief.' });
    await until(async () => (await modelOf(session, 'one:1')).options !== undefined);
    assert.ok(!session.isOutdated(await modelOf(session, 'one:1')));
    assert.equal((await session.load(one)).defaults.system, 'Be brief.');
    await other.setOptions(one.id, { contextTokens: 100 });
    await until(async () => session.isOutdated(await modelOf(session, 'one:1')));
    assert.equal((await session.load(one)).contextTokens, 100);
    assert.equal(session.engine(one.id), engine);
  });

  test('loads for whoever asks, and chooses for the user alone', async (t) => {
    const { add, open } = await setup(t);
    await add('one:1', 'one.gguf');
    await add('two:1', 'two.gguf', 256);
    const session = open();
    const one = await modelOf(session, 'one:1');
    await session.choose(one.id);
    assert.equal(await answer(session, 'two:1'), 'two.gguf');
    assert.equal(await session.choice(), one.id);
    assert.equal((await session.chosen()).label, 'one:1');
    assert.ok(!session.isLoaded(one.id), 'choosing loads nothing');
  });

  test('has a choice for each purpose; an edit takes that of the chat until it has its own', async (t) => {
    const { add, open } = await setup(t);
    await add('one:1', 'one.gguf');
    await add('two:1', 'two.gguf', 256);
    const [session, other] = [open(), open()];
    const [one, two] = [await modelOf(session, 'one:1'), await modelOf(session, 'two:1')];
    await session.choose(one.id, 'chat');
    assert.equal((await session.chosen('edit')).id, one.id);
    assert.equal(await session.choice('completion'), undefined);
    let changes = 0;
    await other.chosen();
    other.onDidChange(() => changes++);
    await session.choose(two.id, 'edit');
    await until(async () => (await other.chosen('edit')).id === two.id);
    assert.equal((await other.chosen('chat')).id, one.id);
    await until(() => changes > 0);
  });

  test('answers with what a tag names now, and frees what it named before', async (t) => {
    const { add, open, pool } = await setup(t);
    await add('model:latest', 'old.gguf');
    const session = open();
    assert.equal(await answer(session, 'model:latest'), 'old.gguf');
    await add('model:latest', 'new.gguf', 256);
    session.refresh();
    assert.equal(await answer(session, 'model:latest'), 'new.gguf');
    await until(() => pool.list().length === 1);
    assert.ok(session.isLoaded((await modelOf(session, 'model:latest')).id));
  });

  test('loads the same content once, whatever its names are', async (t) => {
    const { add, open, pool, store } = await setup(t);
    await add('model:1', 'same.gguf');
    await add('model:2', 'same.gguf');
    const session = open();
    await Promise.all([answer(session, 'model:1'), answer(session, 'model:2')]);
    assert.equal(pool.list().length, 1);
    await session.delete(parseReference('model:1'));
    assert.equal(pool.list().length, 1, 'another name has it');
    await session.delete(parseReference('model:2'));
    assert.deepEqual([pool.list(), (await store.references()).length], [[], 0]);
  });

  test('loads a model again whose settings changed, and says so before', async (t) => {
    const { open, add, changeContext } = await setup(t);
    await add('a:x', 'a.gguf');
    const session = open();
    const model = await modelOf(session, 'a:x');
    assert.equal(session.isOutdated(model), false);
    await session.load(model);
    assert.equal(session.isOutdated(model), false);
    changeContext(256);
    assert.equal(session.isOutdated(model), true);
    assert.equal((await session.load(model)).contextTokens, 256);
    assert.equal(session.isOutdated(model), false);
  });

  test('tells of a crash once, and again after it ran', async (t) => {
    const { add, open } = await setup(t);
    await add('model:1', 'ok.gguf');
    const session = open();
    const crashes: string[] = [];
    session.onDidCrash((label) => crashes.push(label));
    for (let time = 1; time <= 2; time++) {
      const { engine } = await session.load(await modelOf(session, 'model:1'));
      await assert.rejects(chat(engine, [{ role: 'user', content: 'exit' }]), (error) =>
        isModelError(error, 'engine-crashed'),
      );
      assert.deepEqual(
        crashes,
        Array.from({ length: time }, () => 'model:1'),
      );
    }
  });
});
