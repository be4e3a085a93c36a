/** Commands on several selected rows act on all models among them, and on nothing else. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import { formatReference, parseReference, type Reference } from '../../../src/oci/index.ts';
import type { CommandServices } from '../../../src/vscode/commands/services.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';

const { modelsOf } = await import('../../../src/vscode/commands/model/argument.ts');
const { deleteModel } = await import('../../../src/vscode/commands/model/delete.ts');
const { unloadModel } = await import('../../../src/vscode/commands/model/unload.ts');
const { verifyModels } = await import('../../../src/vscode/commands/model/verify.ts');

beforeEach(clearShown);

function listed(name: string) {
  const reference = parseReference(`${name}:x`);
  return { id: formatReference(reference), label: `${name}:x`, reference, sizeBytes: 1000 };
}

const [A, B, C] = [listed('a'), listed('b'), listed('c')];
const rowOf = (model: object) => ({ kind: 'model', model });
const ROWS = [
  rowOf(A),
  { kind: 'usage', use: {} },
  rowOf(B),
  { kind: 'endpointModel', model: { id: 'http://x y' } },
];

/** Models a, b and c. */
function stage(selected: readonly unknown[] = [], failing = '') {
  const done: string[] = [];
  const act = (verb: string) => async (one: Reference | string | undefined) => {
    const name = typeof one === 'string' ? one : one === undefined ? 'all' : formatReference(one);
    if (name === failing) throw new ModelError('store-error', asLocalized('Cannot do it.'));
    done.push(`${verb} ${name.replace('docker.io/ai/', '')}`);
    return 100;
  };
  const store = {
    deletionPreviews: async (all: readonly object[]) => all.map(() => ({ freedBytes: 300, sharedBytes: 0 })),
    verify: async (reference: Reference | undefined, options: { onProgress: (state: object) => void }) => {
      options.onProgress({ doneBytes: 5, totalBytes: 10 });
      await act('verify')(reference);
      return { models: 1, checkedBytes: 10, damaged: [], repairedFiles: 0 };
    },
  };
  const services = {
    models: {
      list: async () => [A, B, C],
      findStored: async (id: string) => [A, B, C].find((one) => one.id === id),
      isLoaded: () => true,
      delete: act('delete'),
      unload: act('unload'),
      refresh: () => {},
    },
    store: async () => store,
    selectedLocal: () => selected,
    output: silentLog,
  } as unknown as CommandServices;
  return { services, done };
}

const texts = () => shown.filter(({ name }) => name.startsWith('show')).map(({ args }) => args);

describe('delete', () => {
  test('confirms the names of all selected models, and deletes them', async () => {
    const { services, done } = stage();
    answers.push('Delete');
    await deleteModel.run(services, ROWS[0], ROWS);
    assert.deepEqual(texts()[0], [
      'Delete 2 models from this machine? This frees at least 600 B.',
      { modal: true, detail: 'a:x\nb:x' },
      'Delete',
    ]);
    assert.deepEqual(done, ['delete a:x', 'delete b:x']);
    assert.deepEqual(texts()[1], ['Deleted 2 models and freed 200 B.']);
  });

  test('goes on after a failure, which is shown', async () => {
    const { services, done } = stage([], A.id);
    answers.push('Delete');
    await deleteModel.run(services, ROWS[0], ROWS);
    assert.deepEqual(done, ['delete b:x']);
    assert.match(String(texts()[1]?.[0]), /Cannot do it/);
    assert.deepEqual(texts()[2], ['Deleted b:x and freed 100 B.']);
  });

  test('deletes nothing without a confirmation', async () => {
    const { services, done } = stage();
    await deleteModel.run(services, ROWS[0], ROWS);
    assert.deepEqual(done, []);
  });

  test('by its key takes the selected rows, and without a model among them does nothing', async () => {
    const { services, done } = stage([rowOf(C)]);
    answers.push('Delete');
    await deleteModel.run(services, { selection: true });
    assert.deepEqual(done, ['delete c:x']);
    assert.match(String(texts()[0]?.[0]), /^Delete c:x from this machine\? This frees 300 B\./);
    clearShown();
    await deleteModel.run(stage([ROWS[1]]).services, { selection: true });
    await deleteModel.run(stage([]).services, { selection: true });
    assert.equal(shown.length, 0);
  });

  test('of one row is about that model', async () => {
    const { services, done } = stage();
    answers.push('Delete');
    await deleteModel.run(services, rowOf(B), [rowOf(B)]);
    assert.deepEqual(done, ['delete b:x']);
  });
});

test('models that are gone meanwhile are not replaced by others', async () => {
  const gone = [rowOf(listed('d')), rowOf(listed('e'))];
  for (const command of [deleteModel, unloadModel, verifyModels]) {
    const { services, done } = stage();
    answers.push('Delete');
    await assert.rejects(async () => command.run(services, gone[0], gone), { code: 'not-found' });
    assert.deepEqual(done, []);
    assert.equal(shown.length, 0);
    clearShown();
  }
});

test('unload frees all selected models', async () => {
  const { services, done } = stage();
  await unloadModel.run(services, ROWS[2], ROWS);
  assert.deepEqual(done, ['unload a:x', 'unload b:x']);
});

test('verify reads the selected models one after another, and all without any', async () => {
  const { services, done } = stage();
  const report = await verifyModels.run(services, ROWS[0], ROWS);
  assert.deepEqual(done, ['verify a:x', 'verify b:x']);
  assert.deepEqual(report, { models: 2, checkedBytes: 20, damaged: [], repairedFiles: 0 });
  assert.deepEqual(texts().at(-1), ['2 models checked: all are intact.']);
  await verifyModels.run(services, undefined);
  assert.equal(done.at(-1), 'verify all');
  await verifyModels.run(services, rowOf(C));
  assert.equal(done.at(-1), 'verify c:x');
  assert.deepEqual(texts().at(-1), ['c:x is intact.']);
});

test('thousands of selected rows cost little', async () => {
  const all = Array.from({ length: 30_000 }, (_, index) => ({ id: `docker.io/ai/model-${index}:x` }));
  const services = {
    models: { list: async () => all },
    selectedLocal: () => all.map(rowOf),
  } as unknown as CommandServices;
  const before = cpuMs();
  const found = await modelsOf(services, { selection: true }, undefined);
  const took = cpuMs() - before;
  assert.equal(found.length, all.length);
  assert.ok(took < 500, `${took} ms`);
});
