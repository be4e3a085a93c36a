/** A pull in a process of its own (registry/pullChild.ts), to be watched and killed. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from '../../scripts/support/paths.ts';
import type { PullProgress } from '../../src/transfer/index.ts';
import type { PullMessage } from '../registry/pullChild.ts';

const CHILD = fileURLToPath(new URL('../registry/pullChild.ts', import.meta.url));

/** What a pull came to. */
export type PullEnd =
  | { readonly kind: 'pulled'; readonly fetchedBytes: number; readonly totalBytes: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'killed' };

/** A pull that runs. */
export interface PullProcess {
  /** All reports so far. */
  readonly reports: readonly PullProgress[];
  readonly ended: Promise<PullEnd>;
  /** What the process said when it gave up. */
  readonly failure: string | undefined;
  /** `kill -9`. */
  kill(): void;
}

/** Starts a pull. @param onProgress called with each report, in the test's process. */
export function startPull(
  reference: string,
  store: string,
  options: { readonly connections?: number; readonly onProgress?: (progress: PullProgress) => void } = {},
): PullProcess {
  const many = options.connections === undefined ? [] : [String(options.connections)];
  // Starting from the sources takes half as long where V8's code of the last time is at hand.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(CACHE, 'node') };
  const child = fork(CHILD, [reference, store, ...many], { stdio: 'inherit', env });
  const killWithTest = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTest);
  const reports: PullProgress[] = [];
  let last: PullEnd = { kind: 'killed' };
  child.on('message', (message: PullMessage) => {
    if ('pulled' in message) last = { kind: 'pulled', ...message.pulled };
    else if ('failed' in message) last = { kind: 'failed', ...message.failed };
    else {
      reports.push(message.progress);
      options.onProgress?.(message.progress);
    }
  });
  const ended = once(child, 'close').then(() => {
    process.off('exit', killWithTest);
    return last;
  });
  return {
    reports,
    ended,
    get failure() {
      return last.kind === 'failed' ? last.message : undefined;
    },
    kill: killWithTest,
  };
}
