/** Supervises one host process: starts it, sends calls to it, and reports how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { Duplex } from 'node:stream';
import { cancelledError, ModelError } from '../../../base/error.ts';
import { asLocalized, type Localized, t } from '../../../base/l10n.ts';
import type { Log } from '../../../base/log.ts';
import { singleLine } from '../../../base/text.ts';
import { deferred, within } from '../../../base/wait.ts';
import { type Call, type LogLevel, PROTOCOL_VERSION } from '../call.ts';
import { Caller, type SentCall } from '../caller.ts';
import { onLines } from './boundedLines.ts';
import type { Host } from './host.ts';
import { hostEnvironment } from './hostEnvironment.ts';

/** Time that a process gets to end by itself, in milliseconds. */
const STOP_GRACE_MS = 2_000;
/** Time that a process gets to end if others may use it, in milliseconds. */
const LEAVE_MS = 500;
/** Time that the last lines of an ended process get to arrive, in milliseconds. */
const DRAIN_MS = 1_000;
/** Longest line of its output, in characters. */
const MAX_LINE = 1_000;
/** Most lines of one process in the log. llama.cpp writes about 300 for a model, and few afterwards. */
const MAX_LINES = 20_000;
/** Longest line in a message, in characters. */
const MAX_SHOWN = 300;
/** Lines of a process that ended itself because it did not expect what is in the file… */
const REFUSED = /GGML_ASSERT|GGML_ABORT|terminate called|what\(\):/;
/** …and not because there was no room for it. */
const MEMORY = /alloc|memory/i;
/** File descriptor of the channel in the host. */
const CHANNEL_FD = 3;

/** Returns the error for a host of another version. */
export function versionRefused(version: number): ModelError | undefined {
  if (version === PROTOCOL_VERSION) return undefined;
  const message = t(
    'The engine process speaks protocol {0} instead of {1}. Reload the window to run the same version of both.',
    version,
    PROTOCOL_VERSION,
  );
  return new ModelError('engine-unavailable', message);
}

/** Everything needed to start a host process. */
export interface HostProcessOptions {
  /** The host's entry point, `engineHost.mjs`. */
  readonly hostPath: string;
  /** The Node.js (or Electron) binary that runs it. Defaults to that of this process. */
  readonly execPath?: string | undefined;
  /** Added to the variables of this process that a host gets; see `hostEnvironment`. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Folder for compiled code, which makes further starts quicker. Defaults to that of this process, if it has one. */
  readonly codeFolder?: string | undefined;
  readonly log: Log;
}

function endOf(code: number | null, signal: NodeJS.Signals | null): Localized {
  if (signal === 'SIGKILL')
    return t('The engine process was ended by SIGKILL, as systems do when memory runs out.');
  return signal === null
    ? t('The engine process ended with exit code {0}.', code ?? 0)
    : t('The engine process ended with {0}.', signal);
}

function codeCache(folder: string | undefined): Record<string, string> {
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** A host process that this window started. */
export class HostProcess implements Host {
  readonly ready: Promise<void>;
  onCrash: (error: ModelError) => void = () => {};
  /** True if other windows may use it too, so that it goes on without this one. */
  isShared = false;
  readonly #child: ChildProcess;
  readonly #caller: Caller;
  readonly #log: Log;
  readonly #ended = deferred<void>();
  readonly #started = deferred<void>();
  #stopping = false;
  #lines = 0;
  #lastLine: string | undefined;
  /** The line with which it ended itself; others follow, such as those of a backtrace. */
  #refusal: string | undefined;
  #hasAnswered = false;
  /** Set if this side ended the process because of a flaw. */
  #flaw: Localized | undefined;

  constructor(options: HostProcessOptions) {
    this.#log = options.log;
    this.ready = this.#started.promise;
    this.#child = spawn(options.execPath ?? process.execPath, [options.hostPath], {
      env: hostEnvironment({ ...codeCache(options.codeFolder), ...options.env }),
      // A folder of its own, and not that of a workspace, in which a library could lie.
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // Signals to this window's group are not meant for other windows. Without its channel the process ends anyway.
      detached: true,
    });
    this.#child.once('error', (error) => this.#onStartFailed(error));
    this.#child.once('exit', (code, signal) => void this.#onExit(endOf(code, signal)));
    this.#caller = new Caller(this.#child.stdio[CHANNEL_FD] as Duplex, {
      onHello: (version) => {
        const refused = versionRefused(version);
        if (refused === undefined) this.#started.resolve();
        else this.#started.reject(refused);
      },
      onLog: (level, message) => this.#onLog(level, message),
      onFlaw: (flaw, detail) => this.#onFlaw(flaw, detail),
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) onLines(stream, MAX_LINE, (line) => this.#onLine(line));
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

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
      () => {}, // The caller gets the error.
    );
    return sent;
  }

  /** Resolves when the process is gone, unless others use it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // The host ends itself when its last channel closes.
    this.#caller.close();
    if (this.isShared) return this.#leave();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  /** Waits for the end of the process, which does not come while others use it. */
  async #leave(): Promise<void> {
    await within(this.#ended.promise, LEAVE_MS);
    this.#caller.fail(cancelledError());
    this.#child.unref();
  }

  #onFlaw(flaw: Localized, detail: string): void {
    this.#log.error(`Engine process: ${flaw}: ${detail}`);
    this.#flaw = flaw;
    this.#child.kill('SIGKILL');
  }

  #onLog(level: LogLevel, message: string): void {
    if (level === 'error') this.#remember(message);
    if (this.#hasRoom()) this.#log[level](`Engine process: ${message}`);
  }

  #onLine(line: string): void {
    const text = line.trim();
    if (text === '') return;
    this.#remember(text);
    if (this.#hasRoom()) this.#log.debug(`Engine process: ${text}`);
  }

  /** Returns true if the log accepts one more line of this process. */
  #hasRoom(): boolean {
    this.#lines++;
    if (this.#lines === MAX_LINES)
      this.#log.warn(`Engine process: it wrote ${MAX_LINES} lines; further lines are omitted.`);
    return this.#lines < MAX_LINES;
  }

  #remember(line: string): void {
    this.#lastLine = line;
    if (REFUSED.test(line)) this.#refusal ??= line;
  }

  #onStartFailed(cause: Error): void {
    const message = t(
      'The engine process cannot be started ({0}). Install the extension again.',
      cause.message,
    );
    this.#settle(new ModelError('engine-unavailable', message, { cause }));
  }

  async #onExit(end: Localized): Promise<void> {
    if (this.#stopping) return this.#settle(cancelledError());
    // The line that explains a crash may still be on its way.
    await within(new Promise((resolve) => this.#child.once('close', resolve)), DRAIN_MS);
    // Sentences that are localized one by one.
    const error = new ModelError('engine-crashed', asLocalized(this.#crashSentences(end).join(' ')), {
      retryable: true,
    });
    this.onCrash(error);
    this.#settle(error);
  }

  #crashSentences(end: Localized): Localized[] {
    const happened = this.#flaw === undefined ? end : t('The engine process was stopped: {0}.', this.#flaw);
    // A crash while loading would only repeat.
    const isRefused = this.#refusal !== undefined && !MEMORY.test(this.#refusal);
    const hint = this.#hasAnswered
      ? t('Ask again to restart it.')
      : isRefused
        ? t('llama.cpp cannot read this model: pull it again, or choose another one.')
        : t('It cannot load this model here: choose another one, or a smaller context.');
    const line = this.#refusal ?? this.#lastLine;
    if (line === undefined) return [happened, hint];
    return [happened, hint, t('Its last line was: {0}', singleLine(line, MAX_SHOWN))];
  }

  #settle(error: ModelError): void {
    this.#started.reject(error);
    // Possibly nobody waits for the start any longer.
    this.ready.catch(() => {});
    this.#caller.fail(error);
    this.#ended.resolve();
  }
}
