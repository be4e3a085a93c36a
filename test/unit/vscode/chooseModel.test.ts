/** Lists that choose a model for a purpose mark the current one, and lead to a pull. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { t } from '../../../src/base/l10n.ts';
import type { AnsweringModel, Purpose } from '../../../src/session/index.ts';
import type { CommandServices } from '../../../src/vscode/commands/services.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';

const { chooseModel } = await import('../../../src/vscode/chooseModel.ts');

beforeEach(clearShown);

const MODELS = ['a', 'b', 'c'].map((name) => ({
  id: `docker.io/ai/${name}:x`,
  label: `${name}:x`,
  sizeBytes: 1e6,
})) as unknown as AnsweringModel[];

interface Item {
  readonly label: string;
  readonly description?: string;
}

/** Opens the list while b answers, although nothing was chosen. @param pick chooses a row. */
async function choose(purpose: Purpose, pick: (items: readonly Item[]) => Item | undefined) {
  answers.push(pick);
  const services = {
    models: {
      chosen: async () => MODELS[1],
      choice: async () => undefined,
      isLoaded: (id: string) => id === MODELS[2]?.id,
    },
  } as unknown as CommandServices;
  const model = await chooseModel(services, MODELS, { purpose, title: t('Load Model') });
  const items = shown[0]?.args[0] as readonly Item[];
  return { model, rows: items.map(({ label, description }) => [label, description]) };
}

const PULL = [
  ['not on this machine', undefined],
  ['$(cloud-download) Pull Another Model…', undefined],
];

test('what answers now is first and has a mark', async () => {
  const { model, rows } = await choose('chat', (items) => items[1]);
  assert.deepEqual(rows, [
    ['$(check) b:x', 'current · 1.0 MB'],
    ['$(circle-outline) a:x', '1.0 MB'],
    ['$(circle-filled) c:x', '1.0 MB'],
    ...PULL,
  ]);
  assert.equal(model, MODELS[0]);
  assert.equal(shown.length, 1);
});

test('without a choice for completions there is no mark', async () => {
  const { rows } = await choose('completion', () => undefined);
  assert.deepEqual(
    rows.map(([label]) => label),
    [
      '$(circle-outline) a:x',
      '$(circle-outline) b:x',
      '$(circle-filled) c:x',
      ...PULL.map(([label]) => label),
    ],
  );
});

test('another one is pulled, and until then nothing is chosen', async () => {
  const { model } = await choose('chat', (items) => items.at(-1));
  assert.equal(model, undefined);
  assert.deepEqual(shown.at(-1), { name: 'executeCommand', args: ['ociModels.model.pull'] });
});
