import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { parseVmStat, systemMemory } from '../../../src/base/systemMemory.ts';

test('the memory of this machine is between nothing and all of it', async () => {
  const { availableBytes, totalBytes } = await systemMemory();
  assert.ok(availableBytes > 0 && availableBytes <= totalBytes && totalBytes <= totalmem());
});

test('macOS counts what it gives away without writing anything', () => {
  const output = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            500000.
Pages inactive:                          200000.
Pages speculative:                         5000.
Pages throttled:                              0.
Pages wired down:                        150000.
Pages purgeable:                           1000.
"Translation faults":                 123456789.
`;
  assert.equal(parseVmStat(output), (10_000 + 200_000 + 5_000 + 1_000) * 16_384);
  assert.equal(parseVmStat(''), undefined);
  assert.equal(parseVmStat('Pages free: 1.'), undefined);
});
