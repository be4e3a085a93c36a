import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { formatReference, type Reference } from '../../../src/oci/index.ts';
import { RecentNames } from '../../../src/vscode/pullBox/recentNames.ts';
import type { QuickPickStub } from '../../support/quickPickStub.ts';
import { until } from '../../support/until.ts';
import { clearShown, shown } from '../../support/vscodeStub.ts';

const { askForModelToPull } = await import('../../../src/vscode/pullBox/pullBox.ts');

const MACHINE = { availableBytes: 3e9, totalBytes: 8e9, gpu: undefined };

/** A box of a machine that was asked for `names` before. */
function openBox(names: readonly string[] = []) {
  const kept = new Map<string, unknown>([['pull.names', names]]);
  const recentNames = new RecentNames({
    get: (key) => kept.get(key),
    update: async (key, value) => void kept.set(key, value),
  });
  const answer: Promise<Reference | undefined> = askForModelToPull({
    recentNames,
    machine: { memory: async () => MACHINE },
    output: silentLog,
  });
  const box = shown.at(-1)?.args[0] as QuickPickStub;
  return { box, answer, recentNames };
}

async function chosenBy(answer: Promise<Reference | undefined>): Promise<string | undefined> {
  const reference = await answer;
  return reference && formatReference(reference);
}

describe('the pull box', () => {
  beforeEach(() => clearShown());
  afterEach(() => {
    for (const { args } of shown) (args[0] as QuickPickStub).hide();
  });

  test('an empty Enter stays open', async () => {
    const { box, answer } = openBox();
    box.enter();
    assert.equal(box.isOpen, true);
    box.type('  ');
    box.enter();
    assert.equal(box.isOpen, true);
    box.hide();
    assert.equal(await answer, undefined);
  });

  test('lists names of before and suggestions with size and verdict', async () => {
    const { box, answer } = openBox(['ghcr.io/org/model:tag', 'gemma3:4B-Q4_K_M', 'no name at all']);
    await until(() => box.items.some(({ description }) => description?.includes('·') === true));
    const rows = new Map(box.items.map(({ label, description }) => [label, description]));
    assert.equal(rows.get('$(sparkle) smollm2:360M-Q4_K_M'), '269 MB · runs on the CPU');
    assert.equal(rows.get('$(sparkle) qwen2.5:7B-Q4_K_M'), '4.7 GB · does not fit');
    // A name stands in one list only, and one that is none in neither.
    assert.deepEqual(
      box.labels().filter((label) => /gemma3:4B|no name|org\/model/.test(label)),
      ['$(history) ghcr.io/org/model:tag', '$(history) gemma3:4B-Q4_K_M'],
    );
    box.moveTo('$(history) ghcr.io/org/model:tag');
    box.enter();
    assert.equal(await chosenBy(answer), 'ghcr.io/org/model:tag');
  });

  test('takes what is typed, and puts it first among the names of before', async () => {
    const { box, answer, recentNames } = openBox(['gemma3:4B-Q4_K_M']);
    box.type('docker model pull ai/SmolLM2');
    assert.equal(box.labels()[0], '$(cloud-download) Pulls docker.io/ai/smollm2:latest');
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/smollm2:latest');
    assert.deepEqual(recentNames.all, ['smollm2:latest', 'gemma3:4B-Q4_K_M']);
  });

  test('says what is wrong with a text, and stays open', async () => {
    const { box } = openBox();
    box.type('ai/Not A Name');
    assert.match(box.labels()[0] ?? '', /^\$\(error\) .*it contains white space/);
    box.enter();
    assert.equal(box.isOpen, true);
  });

  test('takes the text if Enter is faster than its rows', async () => {
    const { box, answer } = openBox(['gemma3:4B-Q4_K_M']);
    box.moveTo('$(history) gemma3:4B-Q4_K_M');
    box.value = 'smollm2';
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/smollm2:latest');
  });

  test('keeps the row that the user moved to when verdicts arrive', async () => {
    const { box, answer } = openBox();
    const label = '$(sparkle) llama3.2:1B-Q8_0';
    box.moveTo(label);
    await until(() => box.items.some(({ description }) => description?.includes('·') === true));
    assert.deepEqual(
      box.activeItems.map((item) => item.label),
      [label],
    );
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/llama3.2:1B-Q8_0');
  });

  test('remembers ten names, each once', async () => {
    const { recentNames } = openBox();
    for (let at = 0; at < 12; at++) await recentNames.add(`model${at}`);
    await recentNames.add('model5');
    assert.deepEqual(recentNames.all.slice(0, 3), ['model5', 'model11', 'model10']);
    assert.equal(recentNames.all.length, 10);
  });
});
