/** One host process: starts it, carries calls to it, and says how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { cancelledError, ModelError } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { singleLine } from '../../base/text.ts';
import { deferred } from '../../base/wait.ts';
import { onLines } from './boundedLines.ts';
import { type Call, type LogLevel, PROTOCOL_VERSION } from './call.ts';
import { Caller, type SentCall } from './caller.ts';

/** How long a process may take to end by itself, milliseconds. */
const STOP_GRACE_MS = 2_000;
/** How long the last lines of an ended process may take to arrive, milliseconds. */
const DRAIN_MS = 100;
/** Characters of a line of its output. */
const MAX_LINE = 1_000;
/** Lines of one process in the log. llama.cpp writes about 300 for a model, and few afterwards. */
const MAX_LINES = 20_000;
/** Characters of a line in a message. */
const MAX_SHOWN = 300;
/** The file descriptor of the channel in the host. */
const CHANNEL_FD = 3;

/** How to start a host process. */
export interface HostProcessOptions {
  /** The host's entry, `engineHost.mjs`. */
  readonly hostPath: string;
  /** The Node (or Electron) to run it with. Defaults to that of this process. */
  readonly execPath?: string | undefined;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly log: Log;
  /** Called once if the process ends without being asked to, before its requests fail. */
  readonly onCrash: (error: ModelError) => void;
}

/** The environment of a host process. */
function hostEnvironment(added: Readonly<Record<string, string>> | undefined): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    // With one libuv thread every decode starts from the same thread. That makes generation up to 1.4 times
    // faster, because the kernel then places the threads that llama.cpp starts for each token better.
    UV_THREADPOOL_SIZE: '1',
    // VS Code's binary is Electron; this makes it run as Node.
    ELECTRON_RUN_AS_NODE: '1',
    ...added,
  };
  // A debugger that is attached to the parent would be started in the host, too.
  delete environment['NODE_OPTIONS'];
  return environment;
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was ended by SIGKILL, as systems do when memory runs out';
  return signal === null ? `ended with exit code ${code}` : `ended with ${signal}`;
}

/** A running host process. */
export class HostProcess {
  /** Resolves when the host runs. @throws ModelError `engine-unavailable`, `engine-crashed`, `cancelled`. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #caller: Caller;
  readonly #log: Log;
  readonly #onCrash: (error: ModelError) => void;
  readonly #ended = deferred<void>();
  readonly #started = deferred<void>();
  #stopping = false;
  #lines = 0;
  #lastLine: string | undefined;
  #hasAnswered = false;
  /** The reason why this side ended the process. */
  #flaw: string | undefined;

  constructor(options: HostProcessOptions) {
    this.#log = options.log;
    this.#onCrash = options.onCrash;
    this.ready = this.#started.promise;
    this.#child = spawn(options.execPath ?? process.execPath, [options.hostPath], {
      env: hostEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child.once('error', (error) => this.#onStartFailed(error));
    this.#child.once('exit', (code, signal) => void this.#onExit(endOf(code, signal)));
    this.#caller = new Caller(this.#child.stdio[CHANNEL_FD] as Duplex, {
      onHello: (version) => this.#onHello(version),
      onLog: (level, message) => this.#onLog(level, message),
      onFlaw: (flaw, detail) => this.#onFlaw(flaw, detail),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) onLines(stream, MAX_LINE, (line) => this.#onLine(line));
    }
  }

  /** The process id; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Sends a request. `done` throws what the host says, `engine-crashed` and `cancelled`.
   * @param onEvent gets the events of this request, in order.
   */
  call<Params, Event, Result>(
    call: Call<Params, Event, Result>,
    params: Params,
    onEvent?: (event: Event) => void,
  ): SentCall<Result> {
    const sent = this.#caller.call(call, params, onEvent);
    sent.done.then(
      () => {
        this.#hasAnswered = true;
      },
      () => {}, // Whoever asked has the error.
    );
    return sent;
  }

  /** Ends the process; resolves when it is gone. Requests under way fail with `cancelled`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // The host ends itself when its channel closes.
    this.#caller.close();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #onFlaw(flaw: string, detail: string): void {
    this.#log.error(`Engine process: ${flaw}: ${detail}`);
    this.#flaw = `${flaw}, and was ended`;
    this.#child.kill('SIGKILL');
  }

  #onHello(version: number): void {
    if (version === PROTOCOL_VERSION) {
      this.#started.resolve();
      return;
    }
    this.#started.reject(
      new ModelError(
        'engine-unavailable',
        `The engine process speaks protocol ${version} instead of ${PROTOCOL_VERSION}. Reload the window, so that both come from the same version of the extension.`,
      ),
    );
  }

  #onLog(level: LogLevel, message: string): void {
    if (level === 'error') this.#lastLine = message;
    if (this.#hasRoom()) this.#log[level](`Engine process: ${message}`);
  }

  #onLine(line: string): void {
    const text = line.trim();
    if (text === '') return;
    this.#lastLine = text;
    if (this.#hasRoom()) this.#log.debug(`Engine process: ${text}`);
  }

  /** Tells if the log takes one more line of this process. */
  #hasRoom(): boolean {
    this.#lines++;
    if (this.#lines === MAX_LINES)
      this.#log.warn(`Engine process: it wrote ${MAX_LINES} lines; further ones are left out.`);
    return this.#lines < MAX_LINES;
  }

  #onStartFailed(cause: Error): void {
    const message = `The engine process cannot be started (${cause.message}). Install the extension again.`;
    this.#settle(new ModelError('engine-unavailable', message, { cause }));
  }

  async #onExit(end: string): Promise<void> {
    if (this.#stopping) return this.#settle(cancelledError());
    // The line that explains a crash may still be on its way.
    await Promise.race([
      new Promise((resolve) => this.#child.once('close', resolve)),
      new Promise((resolve) => setTimeout(resolve, DRAIN_MS)),
    ]);
    const line =
      this.#lastLine === undefined ? '' : ` Its last line was: ${singleLine(this.#lastLine, MAX_SHOWN)}`;
    // What ended the process while it loaded would do so again.
    const hint = this.#hasAnswered
      ? 'Ask again to restart it.'
      : 'It cannot load this model here: choose another one, or a smaller context.';
    const message = `The engine process ${this.#flaw ?? end}. ${hint}${line}`;
    const error = new ModelError('engine-crashed', message, { retryable: true });
    this.#onCrash(error);
    this.#settle(error);
  }

  #settle(error: ModelError): void {
    this.#started.reject(error);
    // Nobody may be waiting for the start any more.
    this.ready.catch(() => {});
    this.#caller.fail(error);
    this.#ended.resolve();
  }
}
