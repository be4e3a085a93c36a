/** A host process that another window of this user started, reached over its socket. */
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelledError, ModelError } from '../../../base/error.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { Log } from '../../../base/log.ts';
import { deferred } from '../../../base/wait.ts';
import type { Call } from '../call.ts';
import { Caller, type SentCall } from '../caller.ts';
import type { Door } from '../calls/share.ts';
import type { Host } from './host.ts';
import { versionRefused } from './hostProcess.ts';

/** Time that a process has to greet, in milliseconds; one that is suspended does not. */
const HELLO_MS = 2_000;
/**
 * Time in which a process that has just opened its door is reached, in milliseconds: it was alive a moment ago, and giving
 * up means to load the model twice.
 */
const OPENED_MS = 10_000;
/** Time between two attempts to reach a process that has just opened its door, in milliseconds. */
const RETRY_MS = 20;
/** Time that a process gets to close the connection, in milliseconds; one that is suspended does not. */
const LEAVE_MS = 500;
/** Longest file with a word, in characters. */
const MAX_TOKEN = 128;

/** A connection to the process. */
export class SharedHost implements Host {
  readonly ready: Promise<void>;
  onCrash: (error: ModelError) => void = () => {};
  readonly #socket: Socket;
  readonly #caller: Caller;
  readonly #started = deferred<void>();
  readonly #closed = deferred<void>();
  #pid: number | undefined;
  #stopping = false;
  #flaw: Localized | undefined;

  private constructor(socket: Socket, token: string, log: Log) {
    this.#socket = socket;
    this.ready = this.#started.promise;
    // Possibly nobody waits for it.
    this.ready.catch(() => {});
    this.#caller = new Caller(
      socket,
      {
        onHello: (version, pid) => {
          this.#pid = pid;
          const refused = versionRefused(version);
          if (refused === undefined) this.#started.resolve();
          else this.#started.reject(refused);
        },
        onLog: (level, message) => log[level](`Engine process: ${message}`),
        onFlaw: (flaw, detail) => {
          log.error(`Engine process: ${flaw}: ${detail}`);
          this.#flaw = flaw;
          socket.destroy();
        },
      },
      token,
    );
    socket.once('close', () => this.#onClose());
  }

  /** Connects to the process behind a door. @returns undefined if there is none, or it does not answer. */
  static async find({ path, tokenPath }: Door, log: Log): Promise<SharedHost | undefined> {
    let token: string;
    try {
      token = (await readFile(tokenPath, 'utf8')).slice(0, MAX_TOKEN);
    } catch {
      return undefined;
    }
    const socket = await connected(path);
    if (socket === undefined) return undefined;
    const host = new SharedHost(socket, token, log);
    const timer = setTimeout(() => socket.destroy(), HELLO_MS);
    try {
      await host.ready;
      return host;
    } catch (error) {
      log.debug(`The engine process of another window cannot be used: ${String(error)}`);
      socket.destroy();
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Connects to a process that listens behind a door, and may not have written its word yet.
   * @returns undefined if it does not answer in time.
   */
  static async await(door: Door, log: Log): Promise<SharedHost | undefined> {
    const start = performance.now();
    for (;;) {
      const host = await SharedHost.find(door, log);
      if (host !== undefined || performance.now() - start > OPENED_MS) return host;
      await delay(RETRY_MS);
    }
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  call<Params, Event, Result>(
    call: Call<Params, Event, Result>,
    params: Params,
    onEvent?: (event: Event) => void,
  ): SentCall<Result> {
    return this.#caller.call(call, params, onEvent);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#caller.close();
    this.#caller.fail(cancelledError());
    const timer = setTimeout(() => this.#socket.destroy(), LEAVE_MS);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #onClose(): void {
    const error = this.#stopping ? cancelledError() : this.#crash();
    if (!this.#stopping) this.onCrash(error);
    this.#started.reject(error);
    this.#caller.fail(error);
    this.#closed.resolve();
  }

  #crash(): ModelError {
    const message =
      this.#flaw === undefined
        ? t('The engine process ended. Ask again to restart it.')
        : t('The engine process was stopped: {0}. Ask again to restart it.', this.#flaw);
    return new ModelError('engine-crashed', message, { retryable: true });
  }
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
