/** Running and ending other programs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** How a finished program ended. */
export interface Finished {
  readonly code: number;
  /** Standard output and error together. */
  readonly output: string;
}

/** Runs a program to its end and keeps what it prints; with `echo`, shows it as well. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; echo?: boolean } = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (options.echo) process.stdout.write(text);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output };
}

/** Ends a child process: politely, then after `graceMs` milliseconds by force. */
export async function endProcess(child: ChildProcess, graceMs = 3000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exited;
  clearTimeout(timer);
}

/** Ports below those that systems give to whoever asks for any, so that no other program gets one in between. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
/** Steps between the ports that processes begin with; processes that run at once have ids close to each other. */
const PORTS_OF_A_PROCESS = 16;
let portsTaken = 0;

/**
 * A TCP port of the loopback interface for a program that cannot choose one itself: nobody listens on it, and nobody
 * else is given it, neither by this function in a process beside nor by the system.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries++) {
    const port = FIRST_PORT + ((process.pid * PORTS_OF_A_PROCESS + portsTaken++) % PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port.');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
