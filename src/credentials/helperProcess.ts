/**
 * Running a credential helper (docker-credential-helpers, README: `docker-credential-<name> get`, the server's key
 * on the standard input, JSON on the standard output).
 */
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

/** Bytes of output that are kept. An answer is about a kilobyte; tokens of clouds are a few. */
const MAX_OUTPUT = 256 * 1024;

/** What a helper's process came to. */
export interface HelperRun {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** Why a helper's process came to nothing. */
export class HelperRunError extends Error {
  override readonly name = 'HelperRunError';
}

/** How to run a helper. */
export interface HelperRunOptions {
  /** Absolute path of the program. */
  readonly path: string;
  readonly action: 'get';
  readonly input: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Put at the end of its PATH: helpers call `gpg`, `pass` and `gcloud`. */
  readonly folders: readonly string[];
  /** Milliseconds after which it is ended. */
  readonly timeoutMs: number;
}

function environmentOf({ env, folders }: HelperRunOptions): NodeJS.ProcessEnv {
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const path = [env[key], ...folders].filter((part) => part !== undefined && part !== '');
  return { ...env, [key]: path.join(delimiter) };
}

/**
 * Runs a helper without a shell. Its standard error goes nowhere: it may quote secrets.
 * @throws HelperRunError where it cannot be started, says too much, or does not end in time.
 */
export async function runHelper(options: HelperRunOptions): Promise<HelperRun> {
  const { path, action, input, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(path, [action], {
      env: environmentOf(options),
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
      shell: false,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (reason: string, cause?: unknown): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      // A process that the helper has left behind may hold the pipe open.
      child.stdout.destroy();
      reject(new HelperRunError(reason, { cause }));
    };
    const timer = setTimeout(() => fail(`it did not end within ${timeoutMs / 1000} seconds`), timeoutMs);
    child.on('error', (error) => fail('it cannot be started', error));
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT) return fail('it says more than an answer can be');
      chunks.push(chunk);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ exitCode: code ?? undefined, stdout: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper may end without reading what it is asked for; its exit code tells the rest.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
