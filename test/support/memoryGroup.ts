/** A control group of Linux with a limit of memory, in either version (cgroups(7)). */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './until.ts';

const ROOT = '/sys/fs/cgroup';

/** A group; its processes are those whose ids are written into {@link processesPath}. */
export interface MemoryGroup {
  readonly processesPath: string;
  /** Returns how many processes of the group the kernel killed because its memory ran out. */
  kills(): Promise<number>;
  /** Removes the group after its processes ended. */
  remove(): Promise<void>;
}

/** Makes a group. Returns the reason if that is not possible here. @param limitBytes of memory and swap together. */
export async function createMemoryGroup(name: string, limitBytes: number): Promise<MemoryGroup | string> {
  if (process.platform !== 'linux') return 'Control groups are part of Linux alone.';
  if (process.getuid?.() !== 0) return 'Only root may make a control group.';
  const isFirst = existsSync(join(ROOT, 'memory', 'memory.limit_in_bytes'));
  const folder = isFirst ? join(ROOT, 'memory', name) : join(ROOT, name);
  try {
    await mkdir(folder);
    await writeFile(join(folder, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), String(limitBytes));
  } catch (error) {
    await rmdir(folder).catch(() => {});
    return `A control group with a limit cannot be made here (${String(error)}).`;
  }
  // Without swap nothing hides that the limit was passed; some kernels count none.
  const swap = isFirst ? ['memory.memsw.limit_in_bytes', String(limitBytes)] : ['memory.swap.max', '0'];
  await writeFile(join(folder, swap[0] ?? ''), swap[1] ?? '').catch(() => {});
  return {
    processesPath: join(folder, 'cgroup.procs'),
    kills: async () => {
      const text = await readFile(join(folder, isFirst ? 'memory.oom_control' : 'memory.events'), 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
    },
    remove: () =>
      until(() =>
        rmdir(folder).then(
          () => true,
          () => false,
        ),
      ),
  };
}
