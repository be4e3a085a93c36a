/** The menu of the status bar: the state of everything, never an error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusFacts } from '../../../src/vscode/statusRows.ts';
import '../../support/vscodeStub.ts';

const { statusRows } = await import('../../../src/vscode/statusRows.ts');

const NOTHING: StatusFacts = {
  model: undefined,
  state: 'unloaded',
  completions: { kind: 'off' },
  stored: [],
  storedBytes: undefined,
  downloads: [],
  waiting: [],
  endpoints: [],
};

test('without a model the menu leads to the set-up', () => {
  const rows = statusRows(NOTHING);
  assert.deepEqual(
    rows.slice(0, 3).map(({ label, description }) => `${label}: ${description}`),
    ['Chat and edits: no model yet', 'Code completions: off', 'Models on this machine: none'],
  );
  assert.equal(rows[0]?.command, 'ociModels.setup.start');
  assert.equal(rows.filter(({ label }) => label === 'Set Up Local Coding Help').length, 1);
});

test('with models it tells what answers, what completes, what is stored and what is on its way', () => {
  const model = { id: 'a', label: 'smollm2', sizeBytes: 1e8 } as StatusFacts['stored'][number];
  const download = { id: 'b', digests: [], size: 2e9, doneBytes: 1e9, updatedAt: 0, beginsAgain: false };
  const rows = statusRows({
    model,
    state: 'ready',
    completions: { kind: 'failed', message: 'No format.', label: 'x' } as StatusFacts['completions'],
    // The second is another name of the same content.
    stored: [model, { ...model, id: 'c' }],
    storedBytes: 1e8,
    downloads: [
      { ...download, active: 'this-process' },
      { ...download, active: undefined },
    ],
    waiting: [
      { registry: 'docker.io', repository: 'ai/smollm2', tag: '135M' },
      { registry: 'ghcr.io', repository: 'org/x', tag: '1' },
    ],
    endpoints: [{ problem: 'down' }, {}] as unknown as StatusFacts['endpoints'],
  });
  assert.deepEqual(
    rows.slice(0, 8).map(({ description }) => description),
    [
      'smollm2 · loaded',
      'stopped: No format.',
      '2 · 100 MB',
      '1.0 of 2.0 GB · downloading',
      '1.0 of 2.0 GB · paused',
      '1st in the queue',
      '2nd in the queue · ghcr.io/org',
      '2, 1 without an answer',
    ],
  );
  assert.equal(rows[0]?.command, 'ociModels.model.select');
});

test('the host of a model or a download stands behind its short name', () => {
  const model = {
    label: 'smollm2:135M (ghcr.io)',
    namesake: { label: 'smollm2:135M', origin: 'ghcr.io' },
  } as StatusFacts['stored'][number];
  const reference = { registry: 'ghcr.io', repository: 'org/team/smollm2', tag: '135M' };
  const download = { id: 'b', digests: [], size: 2e9, doneBytes: 1e9, updatedAt: 0, beginsAgain: false };
  const downloads = [{ ...download, reference, active: undefined }];
  const rows = statusRows({ ...NOTHING, model, stored: [model], downloads });
  assert.deepEqual(
    rows.filter(({ icon }) => icon === 'comment-discussion' || icon === 'debug-pause'),
    [
      { ...rows[0], description: 'smollm2:135M · ghcr.io · not loaded' },
      { ...rows[3], label: 'smollm2:135M', description: '1.0 of 2.0 GB · paused · ghcr.io/org/team' },
    ],
  );
});
