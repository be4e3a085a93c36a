/** The order of pulls: some run at once, the others wait, and the user changes their order. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { silentLog } from '../../../src/base/log.ts';
import { formatReference, parseReference } from '../../../src/oci/index.ts';
import type { Session } from '../../../src/session/index.ts';
import type { CommandServices } from '../../../src/vscode/commands/services.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';

const { PullQueue } = await import('../../../src/vscode/pullQueue.ts');
const { rememberWaiting } = await import('../../../src/vscode/waitingPulls.ts');
const { positionText } = await import('../../../src/vscode/views/local/download.ts');
const { LocalView } = await import('../../../src/vscode/views/local/localView.ts');
const { Machine } = await import('../../../src/vscode/window/machine.ts');
const { downloadNext } = await import('../../../src/vscode/commands/download/next.ts');
const { leaveQueue } = await import('../../../src/vscode/commands/download/leave.ts');

const nameOf = (name: string) => parseReference(`ghcr.io/org/${name}:1`);

/** Pulls by name, which end when they are told to. */
function stage(atOnce = 2) {
  const queue = new PullQueue(atOnce);
  const started: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const results = new Map<string, string>();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const add = (name: string, options: { readonly signal?: AbortSignal } = {}): void => {
    const pull = () =>
      new Promise<void>((resolve, reject) => {
        started.push(name);
        ends.set(name, (error) => (error === undefined ? resolve() : reject(error)));
      });
    void queue.run(nameOf(name), pull, options).then(
      () => results.set(name, 'done'),
      (error: unknown) => results.set(name, isModelError(error, 'cancelled') ? 'canceled' : 'failed'),
    );
  };
  const end = async (name: string, error?: Error): Promise<void> => {
    ends.get(name)?.(error);
    await settled();
  };
  const waiting = () => queue.waiting.map(({ repository }) => repository.slice('org/'.length)).join('');
  return { queue, started, results, add, end, waiting, settled };
}

describe('the queue of pulls', () => {
  test('runs some at once and the others in their order, also after a failure', async () => {
    const { started, results, add, end, waiting } = stage();
    for (const name of ['a', 'b', 'c', 'd', 'e']) add(name);
    assert.deepEqual([started.join(''), waiting()], ['ab', 'cde']);
    await end('b');
    assert.deepEqual([started.join(''), waiting()], ['abc', 'de']);
    await end('a', new Error('failed'));
    assert.deepEqual([started.join(''), waiting()], ['abcd', 'e']);
    for (const name of ['c', 'd', 'e']) await end(name);
    assert.deepEqual([started.join(''), waiting()], ['abcde', '']);
    assert.deepEqual([...results].sort(), [
      ['a', 'failed'],
      ...['b', 'c', 'd', 'e'].map((one) => [one, 'done']),
    ]);
    // All places are free again.
    for (const name of ['f', 'g', 'h']) add(name);
    assert.deepEqual([started.join(''), waiting()], ['abcdefg', 'h']);
  });

  test('is changed by the user', async () => {
    const { queue, started, results, add, end, waiting, settled } = stage(1);
    for (const name of ['a', 'b', 'c', 'd']) add(name);
    let changes = 0;
    const stop = queue.onDidChange(() => changes++);
    queue.moveToFront(nameOf('d'));
    assert.deepEqual([waiting(), changes], ['dbc', 1]);
    queue.leave(nameOf('b'));
    await settled();
    assert.deepEqual([waiting(), results.get('b'), changes], ['dc', 'canceled', 2]);
    // Those that do not wait are left alone.
    queue.moveToFront(nameOf('a'));
    queue.leave(nameOf('a'));
    assert.deepEqual([waiting(), changes], ['dc', 2]);
    stop();
    await end('a');
    await end('d');
    assert.deepEqual([started.join(''), waiting(), changes], ['adc', '', 2]);
  });

  test('is left by a pull that is canceled, before and while it waits', async () => {
    const { started, results, add, end, waiting, settled } = stage(1);
    const [early, late] = [AbortSignal.abort(), new AbortController()];
    add('a');
    add('b', { signal: early });
    add('c', { signal: late.signal });
    add('d');
    await settled();
    assert.deepEqual([waiting(), results.get('b')], ['cd', 'canceled']);
    late.abort();
    await settled();
    await end('a');
    assert.deepEqual([started.join(''), results.get('c')], ['ad', 'canceled']);
  });
});

test('positions are ordinals', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 11, 12, 21, 22, 23].map((position) => positionText(position).split(' ')[0]),
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '22nd', '23rd'],
  );
});

test('rows tell the position, what is kept, and where a model comes from; running ones stand above', async () => {
  const { queue, add } = stage(1);
  for (const name of ['a', 'b', 'c']) add(name);
  const download = { digests: [], size: 2e9, doneBytes: 1e9, updatedAt: Date.now(), beginsAgain: false };
  const one = (name: string, active?: 'this-process') => ({
    ...download,
    active,
    id: formatReference(nameOf(name)),
    reference: nameOf(name),
  });
  const session = {
    onDidChange: () => () => {},
    onDidChangeDownloads: () => () => {},
    list: async () => [],
    downloads: async () => [one('z'), one('c'), one('a', 'this-process')],
    endpoints: () => [],
    diskUse: async () => undefined,
  } as unknown as Session;
  const view = new LocalView(session, new Machine(async () => undefined), undefined, undefined, queue);
  let isRefreshed = false;
  view.onDidChangeTreeData(() => {
    isRefreshed = true;
  });
  const rows = async (): Promise<string[]> => {
    const [top] = await view.getChildren();
    const { label, description } = await view.getTreeItem(top as never);
    const items = await Promise.all((await view.getChildren(top)).map((node) => view.getTreeItem(node)));
    return [
      `${label} ${description}`,
      ...items.map((item) => `${item.label} | ${item.description} | ${item.contextValue}`),
    ];
  };
  assert.deepEqual(await rows(), [
    'Unfinished Downloads 4',
    'a:1 | 1.0 of 2.0 GB · downloading · ghcr.io/org | download;pausable;running',
    'b:1 | 1st in the queue · ghcr.io/org | waiting',
    'c:1 | 2nd in the queue · 1.0 of 2.0 GB · ghcr.io/org | movable;waiting',
    'z:1 | 1.0 of 2.0 GB · paused just now · ghcr.io/org | download;resumable;stopped',
  ]);
  queue.moveToFront(nameOf('c'));
  assert.equal(isRefreshed, true);
  assert.match((await rows())[2] ?? '', /^c:1 \| 1st in the queue/);
  view.dispose();
});

describe('the commands', () => {
  beforeEach(() => clearShown());

  test('act on a row, or on what the user picks', async () => {
    const { queue, add, waiting } = stage(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) add(name);
    const services = { pullQueue: queue } as unknown as CommandServices;
    await downloadNext.run(services, { kind: 'waiting', reference: nameOf('d'), position: 3 });
    assert.equal(waiting(), 'dbce');
    answers.push((rows: readonly unknown[]) => rows.at(-1));
    await downloadNext.run(services, undefined);
    assert.equal(waiting(), 'edbc');
    // The first one is next already.
    const rows = shown.find(({ name }) => name === 'showQuickPick')?.args[0] as { readonly label: string }[];
    assert.deepEqual(
      rows.map(({ label }) => label.replace(/^\S+ /, '')),
      ['b:1', 'c:1', 'e:1'],
    );
    await leaveQueue.run(services, { kind: 'waiting', reference: nameOf('d'), position: 2 });
    assert.equal(waiting(), 'ebc');
    // It began meanwhile.
    await leaveQueue.run(services, { kind: 'waiting', reference: nameOf('a'), position: 1 });
    await downloadNext.run(services, { kind: 'waiting', reference: nameOf('a'), position: 1 });
    assert.equal(waiting(), 'ebc');
  });
});

test('pulls that waited stay remembered until the offer is answered, beside those that wait meanwhile', async () => {
  clearShown();
  const kept = new Map<string, unknown>([['pulls.waiting', ['ghcr.io/org/b:1', 'ghcr.io/org/c:1']]]);
  const memory = {
    get: (key: string) => kept.get(key),
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
  const { queue, add } = stage(1);
  let close: (chosen: undefined) => void = () => {};
  const closed = new Promise<undefined>((resolve) => {
    close = resolve;
  });
  // Nobody has answered yet.
  answers.push(closed as never);
  const stop = rememberWaiting({ queue, pulls: {}, memory, log: silentLog } as never);
  for (const name of ['a', 'b', 'd']) add(name);
  assert.deepEqual(kept.get('pulls.waiting'), ['ghcr.io/org/b:1', 'ghcr.io/org/c:1', 'ghcr.io/org/d:1']);
  close(undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(kept.get('pulls.waiting'), ['ghcr.io/org/b:1', 'ghcr.io/org/d:1']);
  stop();
});

test('pulls that waited when the window was closed are offered once', async () => {
  clearShown();
  const { queue, add } = stage(1);
  const kept = new Map<string, unknown>();
  const memory = {
    get: (key: string) => kept.get(key),
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
  const pulled: string[][] = [];
  const pulls = {
    pullEach: async (references: readonly ReturnType<typeof nameOf>[]) =>
      void pulled.push(references.map((one) => formatReference(one))),
  };
  const open = (other = new PullQueue()) =>
    rememberWaiting({ queue: other, pulls, memory, log: silentLog } as never);
  const stop = open(queue);
  assert.deepEqual(shown, []);
  for (const name of ['a', 'b', 'c']) add(name);
  stop();
  answers.push('Download');
  open()();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    shown.map(({ args }) => args[0]),
    ['Downloads were still waiting when the window was closed: ghcr.io/org/b:1, ghcr.io/org/c:1.'],
  );
  assert.deepEqual(pulled, [['ghcr.io/org/b:1', 'ghcr.io/org/c:1']]);
  clearShown();
  open()();
  kept.set('pulls.waiting', [7, 'no name at all']);
  open()();
  assert.deepEqual(shown, []);
});
