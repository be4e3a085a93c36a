/** What is asked before a pull, and what is said after it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { t as localized } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Inspector } from '../../../src/catalog/index.ts';
import { listModels } from '../../../src/library/index.ts';
import { formatReference, parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import type { BlobMover } from '../../../src/transfer/index.ts';
import { buildDockerModel } from '../../support/dockerModel.ts';
import { modelHandler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';
import { bareModel, gguf, text, u32, type Value } from '../gguf/writer.ts';

const { PullQueue } = await import('../../../src/vscode/pullQueue.ts');
const { Pulls } = await import('../../../src/vscode/pulls.ts');
const { LocalMover } = await import('../../../src/transfer/index.ts');

type Pairs = readonly (readonly [string, Value])[];

function base(architecture: string): Pairs {
  return [...bareModel(architecture), ['tokenizer.ggml.tokens', { type: 'texts', value: ['a', 'b'] }]];
}

/** So large that a look at its header is not the whole. */
const TENSORS = [{ name: 'token_embd.weight', sizes: [64, 16_384] }];

interface Setup {
  readonly pulls: InstanceType<typeof Pulls>;
  readonly store: ModelStore;
  readonly reference: ReturnType<typeof parseReference>;
}

async function setup(
  t: TestContext,
  bytes: Buffer,
  through: (mover: BlobMover) => BlobMover = (mover) => mover,
  queue?: InstanceType<typeof PullQueue>,
): Promise<Setup> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-pulls-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'model.gguf');
  await writeFile(path, bytes);
  const fake = await startFakeRegistry(modelHandler(await buildDockerModel([path])));
  t.after(() => fake.close());
  const client = new RegistryClient({});
  const registry = (): RegistryClient => client;
  const store = await ModelStore.open(join(folder, 'store'));
  const pulls = new Pulls({
    store: async () => store,
    registry,
    mover: through(new LocalMover({ registry: client, log: silentLog, now: () => performance.now() })),
    localContent: { search: () => ({ adopt: async () => undefined }) },
    inspector: new Inspector({ registry }),
    architectures: { knows: async (name) => name !== 'llama9000' },
    reasonOf: async () => (await listModels(store))[0]?.reason,
    onPulled: () => {},
    queue,
    log: silentLog,
  });
  return { pulls, store, reference: parseReference(`${fake.host}/org/model:x`) };
}

/** Messages so far, without the progress. */
function messages(): string[] {
  return shown.filter(({ name }) => name.startsWith('show')).map(({ args }) => String(args[0]));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a pull', () => {
  beforeEach(() => clearShown());

  const flawed: readonly (readonly [name: string, bytes: Buffer, reason: RegExp])[] = [
    [
      'an embedding model',
      gguf({ pairs: base('nomic-bert'), tensors: TENSORS }),
      /an embedding model, which cannot chat\.$/,
    ],
    [
      'a reranking model',
      gguf({ pairs: [['qwen3.pooling_type', u32(4)], ...base('qwen3')], tensors: TENSORS }),
      /a reranking model/,
    ],
    [
      'a LoRA',
      gguf({ pairs: [['general.type', text('adapter')], ...base('llama')], tensors: TENSORS }),
      /a LoRA adapter/,
    ],
    [
      'an architecture that llama.cpp does not know',
      gguf({ pairs: base('llama9000'), tensors: TENSORS }),
      /this version of llama\.cpp does not know the architecture "llama9000"\.$/,
    ],
  ];
  for (const [name, bytes, reason] of flawed) {
    test(`of ${name} says so first, and downloads nothing unasked`, async (t) => {
      const { pulls, store, reference } = await setup(t, bytes);
      assert.equal(await pulls.pull(reference), undefined);
      assert.equal(messages().length, 1);
      assert.match(
        messages()[0] ?? '',
        /^127\.0\.0\.1:\d+\/org\/model:x \(4\.2 MB\) was not pulled\. Not runnable here: /,
      );
      assert.match(messages()[0] ?? '', reason);
      assert.deepEqual(shown.at(-1)?.args.slice(1), ['Pull Anyway']);
      assert.deepEqual(await store.references(), []);
      assert.deepEqual([...(await store.blobDigests())], []);
      assert.deepEqual(await store.partialDownloads(), []);
    });
  }

  test('is done for whoever wants it anyway, and says again what it is', async (t) => {
    const { pulls, store, reference } = await setup(t, gguf({ pairs: base('bert'), tensors: TENSORS }));
    answers.push('Pull Anyway');
    assert.equal(await pulls.pull(reference), undefined);
    await until(() => messages().length === 2);
    assert.match(
      messages()[1] ?? '',
      / was pulled\. Not runnable here: an embedding model, which cannot chat\.$/,
    );
    assert.equal((await store.references()).length, 1);
    // It is here, and was wanted.
    clearShown();
    assert.equal((await pulls.pull(reference))?.alreadyPresent, true);
    assert.equal(messages().length, 1);
  });

  test('of a file that is no model does not bring all of it to find that out', async (t) => {
    const { pulls, store, reference } = await setup(t, Buffer.alloc(4_200_000, 'junk'));
    assert.equal(await pulls.pull(reference), undefined);
    assert.match(
      messages()[0] ?? '',
      /was not pulled\. Not runnable here: its file is not a usable GGUF model/,
    );
    assert.deepEqual(await store.partialDownloads(), []);
  });

  test('of a model that runs here asks nothing', async (t) => {
    const { pulls, reference } = await setup(t, gguf({ pairs: base('llama'), tensors: TENSORS }));
    assert.equal((await pulls.pull(reference))?.alreadyPresent, false);
    assert.deepEqual(
      messages().map((message) => message.replace(/^\S+ /, '')),
      ['was pulled and is ready to use.'],
    );
  });
});

describe('several pulls', () => {
  beforeEach(() => clearShown());

  test('have one notification, and are told as one if nothing fails', async (t) => {
    const { pulls, store, reference } = await setup(t, gguf({ pairs: base('llama'), tensors: TENSORS }));
    const wanted = [reference, { ...reference, tag: 'y' }].map((one) => ({ reference: one, bytes: 4e6 }));
    assert.equal(await pulls.pullTogether(wanted, localized('Pulling 2 models')), true);
    assert.equal((await store.references()).length, 2);
    assert.deepEqual(messages(), []);
    assert.equal(shown.filter(({ name }) => name === 'withProgress').length, 1);
  });

  test('are joined by a pull of one of them, so that no model runs or waits twice', async (t) => {
    const held: (() => void)[] = [];
    const holding = (mover: BlobMover): BlobMover => ({
      move: async (request) => {
        await new Promise<void>((resolve) => held.push(resolve));
        return mover.move(request);
      },
    });
    const queue = new PullQueue(1);
    const bytes = gguf({ pairs: base('llama'), tensors: TENSORS });
    const { pulls, store, reference } = await setup(t, bytes, holding, queue);
    const other = { ...reference, tag: 'other' };
    const first = pulls.pull(other);
    await until(() => held.length > 0);
    const together = pulls.pullTogether([{ reference, bytes: 4e6 }], localized('Pulling'));
    await until(() => queue.waiting.length > 0);
    const joined = pulls.pull(reference);
    assert.equal(queue.waiting.length, 1);
    assert.deepEqual(messages(), [`${formatReference(reference)} already waits for other downloads.`]);
    const release = setInterval(() => held.shift()?.(), 5);
    t.after(() => clearInterval(release));
    assert.equal(await together, true);
    for (const pull of [first, joined]) assert.notEqual(await pull, undefined);
    assert.equal((await store.references()).length, 2);
  });

  test('end at the first failure, and keep what was pulled', async (t) => {
    const { pulls, store, reference } = await setup(t, gguf({ pairs: base('llama'), tensors: TENSORS }));
    const nowhere = parseReference('127.0.0.1:1/org/model:x');
    const wanted = [reference, nowhere, { ...reference, tag: 'y' }].map((one) => ({
      reference: one,
      bytes: 1,
    }));
    assert.equal(await pulls.pullTogether(wanted, localized('Pulling')), false);
    assert.equal((await store.references()).length, 1);
    assert.equal(messages().length, 1);
  });
});

test('a paused pull ends in silence, and can be pulled again', async (t) => {
  clearShown();
  let held: AbortSignal | undefined;
  let isHolding = true;
  const holding = (mover: BlobMover): BlobMover => ({
    move: (request) => {
      if (!isHolding) return mover.move(request);
      const { signal } = request;
      held = signal;
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(new ModelError('cancelled', localized('Canceled.'))));
      });
    },
  });
  const bytes = gguf({ pairs: base('llama'), tensors: TENSORS });
  const { pulls, store, reference } = await setup(t, bytes, holding);
  // Nothing runs yet.
  pulls.pause(reference);
  const pull = pulls.pull(reference);
  await until(() => held !== undefined);
  pulls.pause({ ...reference, tag: 'other' });
  assert.equal(held?.aborted, false);
  pulls.pause(reference);
  assert.equal(await pull, undefined);
  assert.deepEqual(messages(), []);
  isHolding = false;
  assert.notEqual(await pulls.pull(reference), undefined);
  assert.equal((await store.references()).length, 1);
});

test('a third pull waits for its turn, says so, and can leave the queue', async (t) => {
  clearShown();
  const held: (() => void)[] = [];
  const holding = (mover: BlobMover): BlobMover => ({
    move: async (request) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return mover.move(request);
    },
  });
  const bytes = gguf({ pairs: base('llama'), tensors: TENSORS });
  const { pulls, store, reference } = await setup(t, bytes, holding);
  const tagged = (tag: string) => ({ ...reference, tag });
  const running = [pulls.pull(tagged('a')), pulls.pull(tagged('b'))];
  const [third, fourth] = [pulls.pull(tagged('c')), pulls.pull(tagged('d'))];
  const names = shown.filter(({ name }) => name === 'setStatusBarMessage').map(({ args }) => args[0]);
  assert.deepEqual(names, [
    `${formatReference(tagged('c'))} waits for other downloads.`,
    `${formatReference(tagged('d'))} waits for other downloads.`,
  ]);
  assert.equal(pulls.pull(tagged('d')), fourth);
  assert.deepEqual(messages(), [`${formatReference(tagged('d'))} already waits for other downloads.`]);
  clearShown();
  pulls.pause(tagged('c'));
  assert.equal(await third, undefined);
  assert.deepEqual(messages(), []);
  const release = setInterval(() => held.shift()?.(), 5);
  t.after(() => clearInterval(release));
  for (const pull of [...running, fourth]) assert.notEqual(await pull, undefined);
  assert.deepEqual((await store.references()).map(({ reference: { tag } }) => tag).sort(), ['a', 'b', 'd']);
});
