/** Small records of the machine: each change costs one read, however many records there are. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as z from 'zod';
import { asLocalized } from '../../../src/base/l10n.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { SharedRecords } from '../../../src/session/sharedRecords.ts';
import { until } from '../../support/until.ts';

const schema = z.object({ value: z.number() });

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-records-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function opened(t: TestContext, folder: string, log: Log = silentLog): SharedRecords<{ value: number }> {
  const records = new SharedRecords({ folder, schema, cannotSave: () => asLocalized('no room'), log });
  t.after(() => records.dispose());
  return records;
}

test('a write reads no record but its own', async (t) => {
  const folder = await folderOf(t);
  // Each read of a damaged record is a warning.
  await writeFile(join(folder, 'damaged.json'), '{');
  let warnings = 0;
  const records = opened(t, folder, { ...silentLog, warn: () => void warnings++ });
  await records.read();
  assert.equal(warnings, 1);
  let changes = 0;
  records.onDidChange(() => changes++);
  for (let value = 0; value < 40; value++) await records.write(`record${value}`, { value });
  for (let value = 0; value < 20; value++) await records.write(`record${value}`, undefined);
  assert.equal(changes, 60);
  assert.deepEqual((await records.read()).size, 20);
  // The news of the system about the same files come later, and change nothing.
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(warnings, 1);
  assert.equal(changes, 60);
});

test('windows that write at the same time end with the same records', async (t) => {
  const folder = await folderOf(t);
  const [one, two] = [opened(t, folder), opened(t, folder)];
  await Promise.all([one.read(), two.read()]);
  const names = Array.from({ length: 30 }, (_, index) => `record${index % 10}`);
  await Promise.all(
    names.map((name, index) =>
      (index % 2 === 0 ? one : two).write(name, index % 7 === 0 ? undefined : { value: index }),
    ),
  );
  const fresh = [...(await opened(t, folder).read())].sort();
  await until(async () => {
    const known = await Promise.all([one, two].map(async (records) => [...(await records.read())].sort()));
    return known.every((records) => JSON.stringify(records) === JSON.stringify(fresh));
  });
});
