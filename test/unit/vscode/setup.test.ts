/** “Set Up Local Coding Help”: nothing is pulled or chosen before the user confirms, and each step can be changed. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { formatReference } from '../../../src/oci/index.ts';
import type { WantedModel } from '../../../src/vscode/pulls.ts';
import type { SetupServices } from '../../../src/vscode/setup/setup.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';

const { askFirstQuestion, setUp } = await import('../../../src/vscode/setup/setup.ts');

interface Row {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** A machine with 8 GB free, and what is done on it. */
function machineWith(local: readonly string[], pullWorks = true) {
  const done: string[] = [];
  const services = {
    models: {
      list: async () => local.map((id) => ({ id })),
      choose: async (id: string) => void done.push(`chat ${id}`),
    },
    machine: { memory: async () => ({ totalBytes: 16e9, availableBytes: 8e9, gpu: undefined }) },
    pulls: {
      pullTogether: async (wanted: readonly WantedModel[]) => {
        done.push(`pull ${wanted.map(({ reference }) => formatReference(reference)).join(' ')}`);
        return pullWorks;
      },
    },
  } as unknown as SetupServices;
  const run = () => setUp(services, async (id) => void done.push(`completion ${id}`));
  return { run, done };
}

const rowThat = (says: RegExp) => (rows: readonly Row[]) => rows.find(({ label }) => says.test(label));
const HUB = 'docker.io/ai';

describe('the set-up', () => {
  beforeEach(() => clearShown());

  test('says sizes, verdict, speed, license and reason, and does nothing if it is closed', async () => {
    const { run, done } = machineWith([]);
    assert.equal(await run(), undefined);
    assert.deepEqual(done, []);
    const rows = shown[0]?.args[0] as readonly Row[] | undefined;
    const [start, chat, completion, machine] = rows ?? [];
    assert.equal(start?.label, '$(check) Download and Use These Models');
    assert.match(start?.description ?? '', /^\d[\d.]* [MG]B from Docker Hub$/);
    for (const row of [chat, completion]) {
      assert.match(row?.description ?? '', /^[\d.]+ [MG]B · runs on the CPU · about [\d.]+ tokens a second$/);
      assert.match(row?.detail ?? '', /^The largest known one .* · license: Apache 2\.0$/);
    }
    assert.match(machine?.label ?? '', /This machine: \d+ cores, 8\.0 GB of 16(\.0)? GB memory free, no GPU/);
  });

  test('pulls both, sets what they are for, and leaves out what is here', async () => {
    const { run, done } = machineWith([`${HUB}/granite-4.0-h-nano:350M-Q8_0`]);
    answers.push(rowThat(/^\$\(edit\)/), rowThat(/granite-4\.0-h-nano:350M/), rowThat(/^\$\(check\)/));
    const set = await run();
    assert.match(done[0] ?? '', /^pull docker\.io\/ai\/[^ ]+$/);
    assert.deepEqual(done.slice(1), [`chat ${set?.chat}`, `completion ${HUB}/granite-4.0-h-nano:350M-Q8_0`]);
  });

  test('a purpose can have another model, or none', async () => {
    const { run, done } = machineWith([]);
    answers.push(
      rowThat(/^\$\(comment-discussion\)/),
      rowThat(/ smollm2:135M-Q4_K_M/),
      rowThat(/^\$\(edit\)/),
      rowThat(/ None$/),
      // A row that only says something, and a list that is closed, change nothing.
      rowThat(/This machine/),
      rowThat(/^\$\(comment-discussion\)/),
      undefined,
      rowThat(/^\$\(check\)/),
    );
    assert.deepEqual(await run(), { chat: `${HUB}/smollm2:135M-Q4_K_M` });
    assert.deepEqual(done, [`pull ${HUB}/smollm2:135M-Q4_K_M`, `chat ${HUB}/smollm2:135M-Q4_K_M`]);
  });

  test('a model for both purposes is pulled once', async () => {
    const { run, done } = machineWith([]);
    const same = rowThat(/ granite-4\.0-h-micro:3B/);
    answers.push(rowThat(/^\$\(comment/), same, rowThat(/^\$\(edit\)/), same, rowThat(/^\$\(check\)/));
    await run();
    assert.equal(done[0], `pull ${HUB}/granite-4.0-h-micro:3B-Q4_K_M`);
  });

  test('chooses nothing if a pull fails', async () => {
    const { run, done } = machineWith([], false);
    answers.push(rowThat(/^\$\(check\)/));
    assert.equal(await run(), undefined);
    assert.equal(done.length, 1);
  });

  test('asks a first question by itself', async () => {
    await askFirstQuestion();
    const [command, options] = shown.at(-1)?.args ?? [];
    const { query, isPartialQuery } = options as Record<string, unknown>;
    assert.equal(command, 'workbench.action.chat.open');
    assert.match(String(query), /^@local Write /);
    assert.equal(isPartialQuery, undefined);
  });
});
