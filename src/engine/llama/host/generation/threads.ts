/**
 * How many threads a request gets: all cores while the machine is idle apart from us, all but one while it is not.
 * llama.cpp's threads wait for each other in busy loops, so as soon as one of them shares its core, a token takes up to
 * ten times as long; but on a small idle machine the last core is worth up to 1.7 times the speed.
 */
import { cpus } from 'node:os';
import type { Llama } from 'node-llama-cpp';

/** Least time between two decisions, in milliseconds. Shorter ones are ruled by the clock ticks of the system. */
const INTERVAL_MS = 300;
/** Load of all other programs that does not count, in cores. */
const TOLERATED_LOAD = 0.3;

/** Processor times since the start, in milliseconds. */
export interface CpuTimes {
  readonly at: number;
  /** Sum over all processors. */
  readonly idle: number;
  /** Of this process, its threads included. */
  readonly own: number;
}

/** Reads the current times. */
export function readCpuTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  const idle = cpus().reduce((sum, { times }) => sum + times.idle, 0);
  return { at: performance.now(), idle, own: (user + system) / 1000 };
}

/**
 * Returns the threads for the next tokens.
 * @param cores that compute well, at least 1; on hybrid processors only the fast ones.
 */
export function threadsFor(cores: number, before: CpuTimes, now: CpuTimes): number {
  const elapsed = now.at - before.at;
  // Processors that were idle or ours. Systems that tell nothing count as idle.
  const free = (now.idle - before.idle + (now.own - before.own)) / elapsed;
  const tellsNothing = now.idle === 0;
  return tellsNothing || free >= cores - TOLERATED_LOAD ? cores : Math.max(1, cores - 1);
}

/** Sets the threads of one model, of which a process has one. */
export class Threads {
  readonly #llama: Pick<Llama, 'maxThreads'>;
  readonly #fixed: number | undefined;
  readonly #read: () => CpuTimes;
  #before: CpuTimes;
  /** Cores that are used if the machine is idle. */
  readonly cores: number;

  /** @param fixed the user's wish, which is always kept. */
  constructor(
    llama: Pick<Llama, 'maxThreads'>,
    cores: number,
    fixed: number | undefined,
    read: () => CpuTimes = readCpuTimes,
  ) {
    this.#llama = llama;
    this.#fixed = fixed;
    this.#read = read;
    this.cores = fixed ?? cores;
    this.#before = read();
    llama.maxThreads = this.cores;
  }

  /** Decides anew if the last decision is old. Takes effect with the next batch or token. */
  adjust(): void {
    if (this.#fixed !== undefined || performance.now() - this.#before.at < INTERVAL_MS) return;
    const now = this.#read();
    this.#llama.maxThreads = threadsFor(this.cores, this.#before, now);
    this.#before = now;
  }
}
