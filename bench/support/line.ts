/**
 * A network line of the benchmark's own, in a process of its own: see lineProgram.ts for what it does with bytes.
 *
 * Why not something ready-made: nginx's `limit_rate` counts whole seconds and lets through a second's worth of each
 * request at once, so parts of a few MiB would not be held back at all; and `tc netem`, which could delay, needs root
 * and a kernel module that many machines and containers do not have.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a line is like. */
export interface LineOptions {
  /** `127.0.0.1:PORT` of the server at its other end. */
  readonly target: string;
  /** Bytes a second from the server, of all connections together; no limit where absent. */
  readonly bytesPerSecond?: number;
  /** Bytes a second from the server of each connection; no limit where absent. */
  readonly bytesPerSecondEach?: number;
  /** Milliseconds from a byte that is sent to its acknowledgement; 0 where absent. */
  readonly roundTripMs?: number;
  /** Bytes of one connection that may be on the way at the same time. */
  readonly windowBytes?: number;
}

/** A line that is up. */
export interface Line {
  /** `127.0.0.1:PORT` of this end. */
  readonly host: string;
  /** Seconds of CPU that its process took so far. */
  cpuSeconds(): Promise<number>;
  close(): Promise<void>;
}

/** What the line's process says. */
export type LineMessage = { readonly host: string } | { readonly cpuSeconds: number };

const PROGRAM = fileURLToPath(new URL('./lineProgram.ts', import.meta.url));

/** Sets up a line. */
export async function startLine(options: LineOptions): Promise<Line> {
  const child = fork(PROGRAM, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const answer = async (): Promise<LineMessage> => {
    const gone = exited.then(([code]) => {
      throw new Error(`the line ended with ${code}`);
    });
    const [message] = (await Promise.race([once(child, 'message'), gone])) as [LineMessage];
    return message;
  };
  const first = await answer();
  if (!('host' in first)) throw new Error('the line did not say where it is');
  return {
    host: first.host,
    async cpuSeconds() {
      const said = answer();
      child.send('usage');
      const usage = await said;
      return 'cpuSeconds' in usage ? usage.cpuSeconds : 0;
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
