/** Which models are offered for a chat, and what is said of the others. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { formatBytes } from '../../../src/base/format.ts';
import { silentLog } from '../../../src/base/log.ts';
import { EnginePool, ProcessEngine } from '../../../src/engine/index.ts';
import { Choices, Session } from '../../../src/session/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import type { LocalNode } from '../../../src/vscode/views/local/localView.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import { addLocalModel } from '../../support/localModel.ts';
import '../../support/vscodeStub.ts';
import { gguf, text, u32, type Value } from '../gguf/writer.ts';

const { LocalView } = await import('../../../src/vscode/views/local/localView.ts');
const { selectModel } = await import('../../../src/vscode/commands/model/select.ts');
const { chatWithModel } = await import('../../../src/vscode/commands/model/chat.ts');
const { Machine } = await import('../../../src/vscode/window/machine.ts');

type Pairs = readonly (readonly [string, Value])[];

function base(architecture: string): Pairs {
  return [
    ['general.architecture', text(architecture)],
    [`${architecture}.context_length`, u32(512)],
  ];
}

/** What the engine says of names, and how often it was asked. */
class Engine {
  readonly asked: string[] = [];
  readonly #answers = new Map<string, boolean>();
  recall(name: string): boolean | undefined {
    return this.#answers.get(name);
  }
  async knows(name: string): Promise<boolean | undefined> {
    this.asked.push(name);
    this.#answers.set(name, name !== 'llama9000');
    return this.#answers.get(name);
  }
}

async function setup(t: TestContext, files: Readonly<Record<string, Pairs>>) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-models-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const store = await ModelStore.open(join(folder, 'store'));
  for (const [name, pairs] of Object.entries(files)) {
    const path = join(folder, `${name}.gguf`);
    await writeFile(path, gguf({ pairs, tensors: [{ name: 'token_embd.weight', sizes: [8, 8] }] }));
    await addLocalModel(store, `${name}:1`, await buildDockerModel([path]));
  }
  const architectures = new Engine();
  const pool = new EnginePool(() => new ProcessEngine({ hostPath: '/nowhere' }));
  const machine = new Machine(async () => undefined);
  const choices = new Choices({ folder: join(folder, 'choices'), log: silentLog });
  t.after(() => choices.dispose());
  const models = new Session({
    store: async () => store,
    pool,
    choices,
    architectures,
    loadOptions: () => ({}),
    log: silentLog,
  });
  t.after(() => models.dispose());
  const view = new LocalView(models, machine);
  t.after(() => view.dispose());
  return { models, architectures, view, store };
}

const EMBEDDING: Pairs = [['qwen3.pooling_type', u32(1)], ...base('qwen3')];

describe('the models of this machine', () => {
  test('that do not chat are not offered for it, and their rows say what they are', async (t) => {
    const { models, view } = await setup(t, {
      chat: base('llama'),
      embed: EMBEDDING,
      lora: [['general.type', text('adapter')], ...base('llama')],
    });
    assert.deepEqual(
      (await models.usable()).map(({ label }) => label),
      ['chat:1'],
    );
    assert.equal((await models.chosen()).label, 'chat:1');
    const nodes = (await view.getChildren()).filter(({ kind }) => kind === 'model');
    const rows = await Promise.all(nodes.map((node) => view.getTreeItem(node)));
    assert.deepEqual(
      rows.map(({ label, description, contextValue }) => [
        label,
        String(description).split(' · ').at(-1),
        contextValue,
      ]),
      [
        ['chat:1', 'not loaded', 'localModel;page;unloaded'],
        ['embed:1', 'not runnable here: an embedding model, which cannot chat', 'foreign;localModel;page'],
        [
          'lora:1',
          'not runnable here: a LoRA adapter, which needs the model it was made for',
          'foreign;localModel;page',
        ],
      ],
    );
    const embed = (await models.list()).find(({ label }) => label === 'embed:1');
    assert.ok(embed);
    await assert.rejects(models.load(embed), { code: 'unsupported-artifact', message: /an embedding model/ });
    assert.equal(await models.choice(), undefined);
    const services = { models } as unknown as Parameters<typeof selectModel.run>[0];
    for (const command of [selectModel, chatWithModel])
      await assert.rejects(command.run(services, embed.id), { code: 'unsupported-artifact' });
    assert.equal(await models.choice(), undefined, 'what does not run does not become the one that answers');
  });

  test('have a last row that says the room they take, each content once', async (t) => {
    const { models, view, store } = await setup(t, { chat: base('llama') });
    const size = async (): Promise<number> => {
      const blobs = [...(await store.blobDigests())].map((digest) => stat(store.blobPath(digest)));
      return (await Promise.all(blobs)).reduce((sum, { size }) => sum + size, 0);
    };
    const usage = async (): Promise<[unknown, unknown, unknown]> => {
      const { label, description, tooltip } = await view.getTreeItem(
        (await view.getChildren()).at(-1) as LocalNode,
      );
      return [label, description, tooltip];
    };
    const before = formatBytes(await size());
    const row = ['Disk Use', before, `Models: ${before}\nUnfinished downloads: 0 B\nFolder: ${store.root}`];
    assert.deepEqual(await usage(), row);
    const [model] = await models.list();
    assert.ok(model);
    const stored = await store.getReference(model.reference);
    assert.ok(stored);
    const { manifest, files } = stored;
    const manifestBytes = await store.readBlob(manifest, manifest.size);
    const again = { ...model.reference, tag: 'again' };
    await store.commitModel({ reference: again, manifest, manifestBytes, files });
    models.refresh();
    assert.deepEqual(await usage(), row, 'a second name of the same content takes no room');
    for (const { reference } of await models.list()) await models.delete(reference);
    assert.deepEqual(await view.getChildren(), [], 'without models there is a welcome, and no row');
  });

  test('are listed when the disk does not say the room they take', async (t) => {
    const { models, view, store } = await setup(t, { chat: base('llama') });
    t.mock.method(store, 'blobPath', () => '\0');
    models.refresh();
    assert.deepEqual(
      (await view.getChildren()).map(({ kind }) => kind),
      ['model'],
    );
  });

  test('of an architecture that the engine does not know are told as soon as it was asked, once', async (t) => {
    const { models, architectures } = await setup(t, { chat: base('llama'), newer: base('llama9000') });
    const changed = new Promise<void>((resolve) => {
      models.onDidChangeModels(() => resolve());
    });
    assert.deepEqual(
      (await models.list()).map(({ reason }) => reason),
      [undefined, undefined],
    );
    await changed;
    await models.list();
    assert.deepEqual(architectures.asked.sort(), ['llama', 'llama9000']);
    const newer = (await models.list()).find(({ label }) => label === 'newer:1');
    assert.match(
      newer?.reason ?? '',
      /this version of llama\.cpp does not know the architecture "llama9000"/,
    );
    assert.deepEqual(
      (await models.usable()).map(({ label }) => label),
      ['chat:1'],
    );
  });

  test('that are none for a chat are not told as if there were none', async (t) => {
    const { models } = await setup(t, { embed: EMBEDDING });
    await assert.rejects(models.chosen(), {
      code: 'no-model',
      message: /^None of the models on this machine can chat\./,
    });
    const empty = await setup(t, {});
    await assert.rejects(empty.models.chosen(), {
      code: 'no-model',
      message: /^There is no model on this machine yet\./,
    });
  });
});
