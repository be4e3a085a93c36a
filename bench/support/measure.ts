/** Running a program and saying what it took, all of its processes together. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, type SystemProgram } from '../../scripts/support/debian.ts';
import { runProgram } from '../../scripts/support/process.ts';

/** GNU time: the only common program that hands out the kernel's own account of ended children (wait4). */
export const TIME: SystemProgram = {
  program: 'time',
  package: 'time',
  aliases: ['/usr/bin/time', 'gtime', '/opt/homebrew/bin/gtime'],
};

/** What a run took. */
export interface Cost {
  /** Seconds on the clock. */
  readonly wall: number;
  /** Seconds of CPU, user and system, of all its processes. */
  readonly cpu: number;
  /** Bytes of memory that the largest of its processes had at most. */
  readonly peakRss: number;
}

/** A run that ended well. */
export interface Measured {
  readonly cost: Cost;
  readonly output: string;
}

/** @throws Error with its output where the program fails. */
export async function measure(command: string, args: readonly string[]): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-time-'));
  const account = join(folder, 'account');
  try {
    const time = findProgram(TIME) ?? TIME.program;
    const started = performance.now();
    const { code, output } = await runProgram(time, ['-f', '%U %S %M', '-o', account, command, ...args]);
    const wall = (performance.now() - started) / 1000;
    if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
    const [user = 0, system = 0, kilobytes = 0] = (await readFile(account, 'utf8'))
      .trim()
      .split(' ')
      .map(Number);
    return { cost: { wall, cpu: user + system, peakRss: kilobytes * 1024 }, output };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
