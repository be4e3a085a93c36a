/** Work that comes again and again in the background, such as a daily check. */

export interface RepeatOptions {
  /** Milliseconds until the first time. */
  readonly delayMs: number;
  /** Milliseconds between the end of one time and the next. */
  readonly everyMs: number;
}

/**
 * Runs `work` now and then until it is disposed of, which also aborts its signal. Never keeps the process alive.
 * @param work handles its own failures.
 */
export function repeat(
  work: (signal: AbortSignal) => Promise<void>,
  { delayMs, everyMs }: RepeatOptions,
): { dispose(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const plan = (ms: number): void => {
    timer = setTimeout(async () => {
      await work(controller.signal);
      if (!controller.signal.aborted) plan(everyMs);
    }, ms);
    timer.unref();
  };
  plan(delayMs);
  return {
    dispose(): void {
      controller.abort();
      clearTimeout(timer);
    },
  };
}
