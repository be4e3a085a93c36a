/**
 * The process of a credential helper (docker-credential-helpers, README: `docker-credential-<name> get`, with the
 * server's key on standard input and JSON on standard output).
 */
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { type Localized, t } from '../base/l10n.ts';
import { endTree, ownGroup } from './processTree.ts';

/** Bytes of output that are accepted. An answer is about a kilobyte, a cloud's token a few. */
const MAX_OUTPUT = 256 * 1024;

/**
 * Milliseconds for the rest of the output after the helper ended. A process that it started and left behind, such as
 * the agent of a keychain, may keep the pipe open for as long as it lives.
 */
const DRAIN_MS = 500;

/** The result of a helper's process. */
export interface HelperRun {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** The error of a helper that gave no answer. */
export class HelperRunError extends Error {
  override readonly name = 'HelperRunError';
  /** The end of a sentence. */
  readonly reason: Localized;

  constructor(reason: Localized, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** Settings of a run. */
export interface HelperRunOptions {
  /** Absolute path of the program. */
  readonly path: string;
  readonly action: 'get';
  readonly input: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Appended to its PATH: helpers call `gpg`, `pass` and `gcloud`. */
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
 * Runs a helper without a shell. Its standard error is discarded, since it may quote secrets.
 * @throws HelperRunError if it cannot be started, writes too much, or does not end in time.
 */
export async function runHelper(options: HelperRunOptions): Promise<HelperRun> {
  const { path, action, input, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(path, [action], {
      env: environmentOf(options),
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
      shell: false,
      ...ownGroup(),
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let draining: NodeJS.Timeout | undefined;
    const fail = (reason: Localized, cause?: unknown): void => {
      clearTimeout(timer);
      clearTimeout(draining);
      endTree(child);
      // A process that the helper left behind may hold the pipe open.
      child.stdout.destroy();
      reject(new HelperRunError(reason, { cause }));
    };
    const timer = setTimeout(() => fail(t('it did not end within {0} seconds', timeoutMs / 1000)), timeoutMs);
    child.on('error', (error) => fail(t('it cannot be started'), error));
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_OUTPUT) return fail(t('its output is too long'));
      chunks.push(chunk);
    });
    child.on('exit', () => {
      clearTimeout(timer);
      // Ends the pipe, after which the process counts as closed.
      draining = setTimeout(() => child.stdout.destroy(), DRAIN_MS);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      clearTimeout(draining);
      resolve({ exitCode: code ?? undefined, stdout: Buffer.concat(chunks).toString('utf8') });
    });
    // A helper may end without reading its input; its exit code tells the rest.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
