import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { silentLog } from '../../../src/base/log.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { hashFile, ModelStore, pendingMove } from '../../../src/store/index.ts';
import { until } from '../../support/until.ts';
import {
  answers,
  changeSetting,
  clearShown,
  settingOf,
  shown,
  shownTexts,
} from '../../support/vscodeStub.ts';
import { addModel, tinyModel } from '../store/support.ts';

const { StoreFolder } = await import('../../../src/vscode/storeFolder.ts');
const SETTING = 'ociModels.storePath';

/** A window whose models are in `old`. */
async function setup(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-folder-'));
  const at = (name: string): string => join(folder, name);
  await changeSetting(SETTING, at('old'));
  let opened = 0;
  const window = () =>
    new StoreFolder({
      ownFolder: at('own'),
      hashFile,
      unloadAll: async () => {},
      onOpened: () => opened++,
      log: silentLog,
    });
  const first = window();
  t.after(async () => {
    first.dispose();
    await changeSetting(SETTING, undefined);
    await rm(folder, { recursive: true });
  });
  return { at, window, first, opened: () => opened };
}

const didShow = (text: RegExp): boolean => shownTexts().some((shownText) => text.test(shownText));

async function references(root: string): Promise<number> {
  const store = await ModelStore.open(root);
  const { length } = await store.references();
  store.dispose();
  return length;
}

describe('another folder for the models', () => {
  beforeEach(() => clearShown());

  test('is offered to move to, and the models are there', async (t) => {
    const { at, first } = await setup(t);
    await addModel(await first.open(), 'ai/one', tinyModel());
    answers.push('Move Models', undefined, undefined);
    await changeSetting(SETTING, at('new'));
    await until(() => didShow(/^Models moved: 1/));
    const offer = shown.find(({ name }) => name === 'showInformationMessage');
    assert.deepEqual(offer?.args.slice(1), ['Move Models', 'Start Empty', 'Keep Old Folder']);
    assert.deepEqual([await references(at('new')), await references(at('old'))], [1, 0]);
  });

  test('may be empty, or be given up again', async (t) => {
    const { at, first } = await setup(t);
    await addModel(await first.open(), 'ai/one', tinyModel());
    answers.push('Start Empty');
    await changeSetting(SETTING, at('new'));
    await until(() =>
      didShow(/^Reload the window to use the new folder\. Models in the old one stay there\.$/),
    );
    answers.push('Keep Old Folder');
    await changeSetting(SETTING, at('other'));
    await until(() => settingOf(SETTING) === at('old'));
    assert.equal(await references(at('old')), 1);
  });

  test('with other files in it leads to a subfolder, which the user chooses', async (t) => {
    const { at, first, opened } = await setup(t);
    await changeSetting(SETTING, at('.'));
    await writeFile(at('mine.txt'), 'precious');
    answers.push('Use Subfolder');
    await assert.rejects(first.open(), (error: unknown) => isModelError(error, 'store-error'));
    await until(() => settingOf(SETTING) === join(at('.'), 'oci-models'));
    await until(() => opened() > 0);
    assert.equal((await first.open()).root, at('oci-models'));
    assert.equal(await readFile(at('mine.txt'), 'utf8'), 'precious');
  });

  test('that is relative is refused with a sentence', async (t) => {
    const { first } = await setup(t);
    await changeSetting(SETTING, 'models');
    await assert.rejects(first.open(), /Write the whole path/);
  });

  test('to which a killed window was moving models gets the others at the next start', async (t) => {
    const { at, window, first, opened } = await setup(t);
    const old = await first.open();
    for (const name of ['ai/one', 'ai/two']) await addModel(old, name, tinyModel());
    const target = await ModelStore.open(at('new'));
    await writeFile(join(at('new'), 'moving.json'), JSON.stringify({ version: 1, from: at('old') }));
    target.dispose();
    await changeSetting(SETTING, at('new'));
    const next = window();
    t.after(() => next.dispose());
    const store = await next.open();
    await until(() => opened() > 0);
    assert.equal((await old.references()).length, 0);
    assert.ok(await store.getReference(parseReference('ai/two')));
    assert.equal((await store.references()).length, 2);
  });

  test('that is another name of the one in use is nothing to move to', async (t) => {
    const { at, window, first } = await setup(t);
    const old = await first.open();
    await addModel(old, 'ai/one', tinyModel());
    await symlink(at('old'), at('alias'));
    await changeSetting(SETTING, at('alias'));
    // The offer to go elsewhere comes after, so nothing else was shown before it.
    answers.push('Keep Old Folder');
    await changeSetting(SETTING, at('other'));
    await until(() => didShow(/^Move the model in/));
    assert.equal(shown.filter(({ name }) => name === 'showInformationMessage').length, 1);
    await changeSetting(SETTING, at('alias'));
    const next = window();
    t.after(() => next.dispose());
    assert.equal((await (await next.open()).references()).length, 1);
  });

  test('whose old name leads to it now ends the move that was pending', async (t) => {
    const { at, window, first } = await setup(t);
    await addModel(await first.open(), 'ai/one', tinyModel());
    await rename(at('old'), at('new'));
    await symlink(at('new'), at('old'));
    await writeFile(at('new/moving.json'), JSON.stringify({ version: 1, from: at('old') }));
    await changeSetting(SETTING, at('new'));
    const next = window();
    t.after(() => next.dispose());
    const store = await next.open();
    await until(async () => (await pendingMove(store)) === undefined);
    assert.equal((await store.references()).length, 1);
    assert.deepEqual(shownTexts(), []);
  });
});
