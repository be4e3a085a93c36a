/** A choice is the user's, for the machine, and seen by all windows. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { Choices } from '../../../src/session/index.ts';
import { until } from '../../support/until.ts';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-choices-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'choices');
}

function open(t: TestContext, folder: string, inherited?: string): Choices {
  const choices = new Choices({ folder, inherited, log: silentLog });
  t.after(() => choices.dispose());
  return choices;
}

describe('choices', () => {
  test('are kept, one for each purpose, and leave nothing else behind', async (t) => {
    const folder = await folderOf(t);
    const choices = open(t, folder);
    assert.deepEqual(await choices.read(), {});
    await Promise.all([choices.choose('chat', 'a'), choices.choose('completion', 'b')]);
    await choices.choose('chat', 'c');
    assert.deepEqual(await choices.read(), { chat: 'c', completion: 'b' });
    assert.deepEqual(await open(t, folder).read(), { chat: 'c', completion: 'b' });
    assert.deepEqual((await readdir(folder)).sort(), ['chat.json', 'completion.json']);
  });

  test('of another window are seen by this one, also if it opened before there were any', async (t) => {
    const folder = await folderOf(t);
    const [one, other] = [open(t, folder), open(t, folder)];
    await one.read();
    await other.choose('chat', 'first');
    let changes = 0;
    one.onDidChange(() => changes++);
    await until(async () => (await one.read()).chat === 'first');
    await other.choose('edit', 'second');
    await until(async () => (await one.read()).edit === 'second');
    await other.choose('edit', 'second');
    assert.ok(changes >= 1);
  });

  test('can be turned off and on again, in all windows, and a new one is on', async (t) => {
    const folder = await folderOf(t);
    const [one, other] = [open(t, folder), open(t, folder)];
    await one.turn('completion', false);
    assert.deepEqual(await one.read(), {});
    await one.choose('completion', 'a');
    await one.turn('completion', false);
    assert.deepEqual([await one.read(), await one.readOff('completion')], [{}, 'a']);
    await until(async () => (await other.readOff('completion')) === 'a');
    await other.turn('completion', true);
    assert.deepEqual(
      [await other.read(), await other.readOff('completion')],
      [{ completion: 'a' }, undefined],
    );
    await other.turn('completion', false);
    await other.choose('completion', 'a');
    assert.deepEqual(await open(t, folder).read(), { completion: 'a' });
  });

  test('that an earlier version made are taken over until there is one', async (t) => {
    const folder = await folderOf(t);
    const choices = open(t, folder, 'docker.io/ai/old:1');
    assert.deepEqual(await choices.read(), { chat: 'docker.io/ai/old:1' });
    await choices.choose('chat', 'new');
    assert.deepEqual(await open(t, folder, 'docker.io/ai/old:1').read(), { chat: 'new' });
  });

  test('in a damaged file are none, and the next one replaces it', async (t) => {
    const folder = await folderOf(t);
    await open(t, folder).choose('chat', 'a');
    for (const damage of ['', '{"model":', '{"model":7}', '[]', `{"model":"${'x'.repeat(2000)}"}`]) {
      await writeFile(join(folder, 'chat.json'), damage);
      const choices = open(t, folder);
      assert.deepEqual(await choices.read(), {}, damage);
      await choices.choose('chat', 'b');
      assert.deepEqual(await open(t, folder).read(), { chat: 'b' });
    }
  });

  test('that cannot be kept say so', async (t) => {
    const folder = await folderOf(t);
    await writeFile(folder, 'a file');
    await assert.rejects(open(t, folder).choose('chat', 'a'), {
      code: 'store-error',
      message:
        /^The choice of a model cannot be saved in .+\. Free some space there, or make the folder writable\.$/,
    });
  });
});
