/**
 * Joins calls of work that makes something up to date: it runs once at a time, and once more after calls that came
 * meanwhile, however many, because what they want may be newer than what the run has read.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    // The next one is asked for first: it may be about to start when nothing runs any more.
    if (next !== undefined) return next;
    if (running === undefined) return start();
    next = running.catch(() => {}).then(start);
    return next;
  };
}
