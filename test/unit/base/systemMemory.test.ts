import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import {
  groupStatPaths,
  parseGroupCache,
  parseVmStat,
  systemMemory,
} from '../../../src/base/systemMemory.ts';

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

test('the cache of a control group is found in both versions', () => {
  const root = ['/sys/fs/cgroup/memory.stat', '/sys/fs/cgroup/memory/memory.stat'];
  assert.deepEqual(groupStatPaths('0::/user.slice/a:b\n'), [
    '/sys/fs/cgroup/user.slice/a:b/memory.stat',
    ...root,
  ]);
  assert.deepEqual(groupStatPaths('0::/\n'), ['/sys/fs/cgroup/memory.stat', ...root]);
  assert.deepEqual(groupStatPaths('4:cpu,memory:/docker/x\n1:name=systemd:/\n'), [
    '/sys/fs/cgroup/memory/docker/x/memory.stat',
    ...root,
  ]);
  assert.deepEqual(groupStatPaths(''), root);
});

test('the cache of a control group is read with that of the groups below, and is 0 if it is not told', () => {
  assert.equal(parseGroupCache('anon 5\nfile 9\ninactive_file 3\nactive_file 4\n'), 7);
  const version1 = 'inactive_file 1\nactive_file 2\ntotal_inactive_file 30\ntotal_active_file 40\n';
  assert.equal(parseGroupCache(version1), 70);
  assert.equal(parseGroupCache('total_inactive_file 0\ntotal_active_file 0\n'), 0);
  assert.equal(parseGroupCache('nonsense'), 0);
});
