/** The badge of the Local Models view counts the rows that offer an update. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../src/base/log.ts';
import type { ListedModel, UpdateState } from '../../../../src/session/index.ts';
import { until } from '../../../support/until.ts';
import '../../../support/vscodeStub.ts';

const { showUpdateBadge } = await import('../../../../src/vscode/views/local/updateBadge.ts');

interface Badge {
  value: number;
  tooltip: string;
}

class Source {
  readonly listeners = new Set<() => void>();
  readonly add = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  fire(): void {
    for (const listener of this.listeners) listener();
  }
}

function stage(listed: (Partial<ListedModel> & { id: string })[]) {
  const [modelsChanged, updatesChanged] = [new Source(), new Source()];
  const known = new Map<string, UpdateState>();
  const view: { badge?: Badge | undefined } = {};
  const stop = showUpdateBadge(view as never, {
    models: { list: async () => listed as ListedModel[], onDidChangeModels: modelsChanged.add },
    updates: { of: async ({ id }) => known.get(id), onDidChange: updatesChanged.add },
    log: silentLog,
  });
  const found = (id: string, missingBytes?: number): void => {
    known.set(id, { missingBytes, checkedAt: 1 });
    updatesChanged.fire();
  };
  return { view, found, modelsChanged, updatesChanged, stop };
}

test('the badge follows checks and updates, and goes with the last one', async () => {
  const listed = [{ id: 'a' }, { id: 'b' }, { id: 'c', problem: 'Damaged.' as never }];
  const { view, found, modelsChanged, updatesChanged, stop } = stage(listed);
  found('a', 100);
  await until(() => view.badge?.value === 1);
  assert.equal(view.badge?.tooltip, '1 model has a newer version');
  // A damaged model is repaired, and one that is current has nothing to count.
  found('c', 100);
  found('b', 0);
  await until(() => view.badge?.value === 2);
  assert.equal(view.badge?.tooltip, '2 models have newer versions');
  listed.shift();
  modelsChanged.fire();
  await until(() => view.badge?.value === 1);
  found('b');
  await until(() => view.badge === undefined);
  stop();
  assert.equal(modelsChanged.listeners.size + updatesChanged.listeners.size, 0);
});

test('a store that cannot be read leaves the badge as it is', async () => {
  const said: string[] = [];
  const view = { badge: { value: 3, tooltip: '' } };
  const source = new Source();
  showUpdateBadge(view, {
    models: { list: () => Promise.reject(new Error('no store')), onDidChangeModels: source.add },
    updates: { of: async () => undefined, onDidChange: source.add },
    log: { ...silentLog, debug: (text: string) => void said.push(text) },
  });
  await until(() => said.length === 1);
  assert.equal(view.badge.value, 3);
});
