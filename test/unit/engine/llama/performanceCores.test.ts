/** Fast cores after what Linux tells. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { performanceCores } from '../../../../src/engine/llama/host/load/performanceCores.ts';

async function processors(t: TestContext, capacities: readonly (string | undefined)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-cores-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'cpufreq'));
  for (const [index, capacity] of capacities.entries()) {
    await mkdir(join(folder, `cpu${index}`));
    if (capacity !== undefined) await writeFile(join(folder, `cpu${index}`, 'cpu_capacity'), `${capacity}\n`);
  }
  return folder;
}

describe('the fast cores', () => {
  test('are those of big.LITTLE that are not little', async (t) => {
    const one = ['160', '160', '160', '160', '498', '498', '1024', '1024'];
    assert.equal(performanceCores(await processors(t, one)), 2);
    const other = ['325', '325', '870', '870', '870', '1024'];
    assert.equal(performanceCores(await processors(t, other)), 4);
  });

  test('are all of equal ones', async (t) => {
    assert.equal(performanceCores(await processors(t, ['1024', '1024'])), 2);
  });

  test('are not known if the system tells nothing', async (t) => {
    assert.equal(performanceCores(await processors(t, [undefined, undefined])), undefined);
    assert.equal(performanceCores(join(await processors(t, []), 'absent')), undefined);
    assert.equal(performanceCores(await processors(t, ['', 'x'])), undefined);
  });
});
