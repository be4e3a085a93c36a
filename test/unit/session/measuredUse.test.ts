/** The speed of a model is what it was here, not what one busy moment was. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { MeasuredUse } from '../../../src/session/index.ts';

test('the speed is the median of the last five answers, by content, also after a restart', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-use-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  let now = 100;
  const open = (): MeasuredUse => {
    const use = new MeasuredUse(folder, silentLog, () => now);
    t.after(() => use.dispose());
    return use;
  };
  const use = open();
  assert.equal(await use.of('sha256:a'), undefined);
  await use.note('sha256:a', undefined);
  assert.deepEqual(await use.of('sha256:a'), { tokensPerSecond: undefined, usedAt: 100 });
  for (const speed of [500, 500, 500, 40, 2, 41, 42, 43]) {
    now++;
    await use.note('sha256:a', speed);
  }
  assert.deepEqual(await use.of('sha256:a'), { tokensPerSecond: 41, usedAt: 108 });
  assert.equal(await use.of('sha256:b'), undefined);
  assert.deepEqual(await open().of('sha256:a'), { tokensPerSecond: 41, usedAt: 108 });
});
