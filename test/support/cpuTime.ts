/** How long a test may compute: unlike time on the clock, it does not grow when other programs want the core. */

/** Milliseconds of the processor that this thread has used since it started. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
