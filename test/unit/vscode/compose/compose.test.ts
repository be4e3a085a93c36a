/** Lenses in Compose files tell what is here, ask nothing of the network, and one offer is made in a workspace. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { silentLog } from '../../../../src/base/log.ts';
import { readComposeModels } from '../../../../src/compose/index.ts';
import type { Download } from '../../../../src/library/index.ts';
import { formatReference } from '../../../../src/oci/index.ts';
import type { ListedModel } from '../../../../src/session/index.ts';
import { editor } from '../../../support/chatStub.ts';
import { answers, clearShown, shown } from '../../../support/vscodeStub.ts';

const { ComposeLenses } = await import('../../../../src/vscode/compose/lenses.ts');
const { COMPOSE_FILES, DEV_CONTAINER_FILES } = await import('../../../../src/vscode/compose/files.ts');
const { offerOnce } = await import('../../../../src/vscode/compose/offer.ts');

const FILE = 'models:\n  a:\n    model: ai/smollm2:a\n  b:\n    model: ghcr.io/org/model:b\n';
const [A, B] = ['docker.io/ai/smollm2:a', 'ghcr.io/org/model:b'];
const ALIVE = { isCancellationRequested: false } as never;
const read = async (text: string) => readComposeModels(text);

beforeEach(() => {
  clearShown();
  editor.isTrusted = true;
});

describe('lenses of a Compose file', () => {
  async function lensesOf(
    stored: readonly object[],
    downloads: readonly object[] = [],
    text = FILE,
  ): Promise<string[]> {
    const models = {
      list: async () => stored as ListedModel[],
      downloads: async () => downloads as Download[],
      onDidChangeModels: () => () => {},
      onDidChangeDownloads: () => () => {},
    };
    const lenses = new ComposeLenses({ models, read, log: silentLog });
    const provided = await lenses.provideCodeLenses({ getText: () => text }, ALIVE);
    lenses.dispose();
    return provided.map(({ range, command }) =>
      [
        range.start.line,
        command?.title.replace('\u00a0', ' '),
        command?.command,
        ...(command?.arguments ?? []),
      ].join(' | '),
    );
  }

  test('tell what is here and what can be done', async () => {
    assert.deepEqual(await lensesOf([{ id: A }]), [
      `2 | $(check) On this machine |  | ${A}`,
      `2 | Chat with This Model | ociModels.model.chat | ${A}`,
      `4 | $(cloud-download) Pull OCI Model | ociModels.model.pull | ${B}`,
      `4 | Inspect Model… | ociModels.model.inspect | ${B}`,
    ]);
  });

  test('tell why a model cannot answer, as plain text', async () => {
    const stored = [
      { id: A, problem: 'Damaged.' },
      { id: B, reason: 'Not runnable $(bug) here: safetensors.' },
    ];
    assert.deepEqual(await lensesOf(stored), [
      `2 | $(warning) Damaged |  | ${A}`,
      `2 | Pull Again | ociModels.model.pull | ${A}`,
      `4 | $(check) On this machine |  | ${B}`,
      `4 | Not runnable $ (bug) here: safetensors. |  | ${B}`,
    ]);
  });

  test('are there once, however many models an anchor or a merge stands for', async () => {
    const text = 'x: &m\n  model: ai/smollm2:a\nmodels:\n  a: *m\n  b:\n    <<: *m\n  c: *m\n';
    assert.deepEqual(await lensesOf([{ id: A }], [], text), [
      `1 | $(check) On this machine |  | ${A}`,
      `1 | Chat with This Model | ociModels.model.chat | ${A}`,
    ]);
  });

  test('tell of downloads', async () => {
    const downloads = [{ id: A, active: 'another' }, { id: B }];
    assert.deepEqual(await lensesOf([], downloads), [
      `2 | $(loading~spin) Downloading… |  | ${A}`,
      `2 | Inspect Model… | ociModels.model.inspect | ${A}`,
      `4 | $(cloud-download) Resume Download | ociModels.model.pull | ${B}`,
      `4 | Inspect Model… | ociModels.model.inspect | ${B}`,
    ]);
  });

  test('are one at the top that says so if the file is too long', async () => {
    assert.deepEqual(await lensesOf([{ id: A }], [], `${FILE}${'# long\n'.repeat(10_000)}`), [
      '0 | $(info) This file is too long to look for its models | ',
    ]);
  });

  test('are none in other files, where the store is not asked', async () => {
    const models = {
      list: () => assert.fail('nothing is to be asked'),
      downloads: () => assert.fail('nothing is to be asked'),
      onDidChangeModels: () => () => {},
      onDidChangeDownloads: () => () => {},
    };
    const lenses = new ComposeLenses({ models, read, log: silentLog });
    assert.deepEqual(await lenses.provideCodeLenses({ getText: () => 'services: {}' }, ALIVE), []);
  });
});

describe('the offer of a workspace', () => {
  /** A workspace with a memory. */
  function workspace(stored: readonly string[] = [], files = COMPOSE_FILES) {
    const memory = new Map<string, unknown>();
    const pulled: string[] = [];
    const open = (text = FILE): Promise<void> =>
      offerOnce(text, {
        models: { list: async () => stored.map((id) => ({ id })) as ListedModel[] },
        pulls: { pullEach: async (all) => void pulled.push(...all.map((one) => formatReference(one))) },
        read: files.read,
        question: files.question,
        memory: {
          get: (key) => memory.get(key),
          update: async (key, value) => void memory.set(key, value),
        },
        log: silentLog,
      });
    return { open, pulled };
  }

  test('has the missing models, is made once, and pulls them', async () => {
    const { open, pulled } = workspace([A]);
    answers.push('Pull');
    await open();
    assert.deepEqual(
      shown.map(({ args }) => args),
      [
        [
          'The Compose file names a model that is not on this machine: ghcr.io/org/model:b.',
          'Pull',
          'Not in This Workspace',
        ],
      ],
    );
    assert.deepEqual(pulled, [B]);
    await open();
    assert.equal(shown.length, 1);
  });

  test('comes again for a model that was not offered, unless it was turned off', async () => {
    const { open, pulled } = workspace();
    await open();
    assert.match(String(shown[0]?.args[0]), /names 2 models .*: smollm2:a, ghcr\.io\/org\/model:b\.$/);
    answers.push('Not in This Workspace');
    await open(`${FILE}  c:\n    model: ai/c\n`);
    assert.equal(shown.length, 2);
    await open(`${FILE}  d:\n    model: ai/d\n`);
    assert.equal(shown.length, 2);
    assert.deepEqual(pulled, []);
  });

  test('is made for a dev container too, in its own words', async () => {
    const { open } = workspace([], DEV_CONTAINER_FILES);
    await open('{ "customizations": { "oci-models": { "models": ["ai/smollm2:a"] } } } // ours');
    assert.equal(
      shown[0]?.args[0],
      'The dev container names a model that is not on this machine: smollm2:a.',
    );
  });

  test('is not made in Restricted Mode, or if everything is here', async () => {
    await workspace([A, B]).open();
    await workspace().open('services: {}');
    editor.isTrusted = false;
    await workspace().open();
    assert.equal(shown.length, 0);
  });
});
