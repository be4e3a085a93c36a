/** One host process: starts it, carries requests to it and answers back, and says how it ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { cancelledError, ModelError } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { singleLine } from '../../base/text.ts';
import { deferred } from '../../base/wait.ts';
import { type HostMessage, type HostRequest, hostMessageSchema, PROTOCOL_VERSION } from './protocol.ts';

/** How long a process may take to end by itself, milliseconds. */
const STOP_GRACE_MS = 2_000;
/** How long the last lines of an ended process may take to arrive, milliseconds. */
const DRAIN_MS = 100;
const MAX_LINE = 1_000;
/** Characters of a line that a message has. */
const MAX_SHOWN = 300;

/** How to start a host process. */
export interface HostProcessOptions {
  /** The host's entry, `engineHost.mjs`. */
  readonly hostPath: string;
  /** The Node (or Electron) to run it with; that of this process where absent. */
  readonly execPath?: string | undefined;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly log: Log;
  /** Called once, when the process ended without being asked to, before its requests fail. */
  readonly onCrash: (error: ModelError) => void;
}

type WithoutId<T> = T extends { id: number } ? Omit<T, 'id'> : never;
/** A request; its id is given when it is sent. */
export type NewRequest = WithoutId<Exclude<HostRequest, { type: 'cancel' }>>;
/** What belongs to one request. */
export type RequestMessage = Extract<HostMessage, { id: number }>;

/** What settles a request. */
const LAST_MESSAGES: ReadonlySet<string> = new Set([
  'loaded',
  'answer',
  'counted',
  'devices',
  'architectures',
  'failed',
]);

interface Pending {
  readonly receive: (message: RequestMessage) => void;
  readonly reject: (error: ModelError) => void;
}

/** A request on its way. */
export interface SentRequest {
  readonly id: number;
  /** The last message of the request. @throws ModelError what the host says, `engine-crashed`, `cancelled`. */
  readonly done: Promise<RequestMessage>;
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
  readonly #log: Log;
  readonly #onCrash: (error: ModelError) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #ended = deferred<void>();
  readonly #started = deferred<void>();
  #nextId = 1;
  #stopping = false;
  #lastLine: string | undefined;
  #hasLoaded = false;
  /** Why this side ended the process. */
  #flaw: string | undefined;

  constructor(options: HostProcessOptions) {
    this.#log = options.log;
    this.#onCrash = options.onCrash;
    this.ready = this.#started.promise;
    this.#child = fork(options.hostPath, [], {
      ...(options.execPath === undefined ? {} : { execPath: options.execPath }),
      execArgv: [],
      env: hostEnvironment(options.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => this.#receive(message));
    this.#child.once('error', (error) => this.#onStartFailed(error));
    this.#child.once('exit', (code, signal) => void this.#onExit(endOf(code, signal)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#onLine(line));
    }
  }

  /** The process id; undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a request. @param onMessage gets every message of this request, also the last. */
  send(request: NewRequest, onMessage: (message: RequestMessage) => void = () => {}): SentRequest {
    const id = this.#nextId++;
    const done = new Promise<RequestMessage>((resolve, reject) => {
      let thrown: unknown;
      const receive = (message: RequestMessage): void => {
        try {
          if (thrown === undefined) onMessage(message);
        } catch (error) {
          // The caller's own fault. Its request still ends before the next one starts.
          thrown = error;
          this.cancel(id);
        }
        if (!LAST_MESSAGES.has(message.type)) return;
        this.#pending.delete(id);
        if (thrown !== undefined) reject(thrown);
        else if (message.type === 'failed') reject(new ModelError(message.code, message.message));
        else resolve(message);
      };
      this.#pending.set(id, { receive, reject });
    });
    this.#write({ ...request, id });
    return { id, done };
  }

  /** Asks the host to end the answer of request `id`. */
  cancel(id: number): void {
    this.#write({ type: 'cancel', id });
  }

  /** Ends the process; resolves when it is gone. Requests under way fail with `cancelled`. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // The host ends itself when its channel closes.
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #write(message: HostRequest): void {
    if (!this.#child.connected) return; // It is ending; its exit settles every request.
    this.#child.send(message, (error) => {
      if (error !== null) this.#log.debug(`Engine process: message not sent: ${error.message}`);
    });
  }

  #receive(value: unknown): void {
    const parsed = hostMessageSchema.safeParse(value);
    if (!parsed.success) {
      this.#log.error(`Engine process: message not understood: ${parsed.error.message}`);
      // Whatever it was about would wait for an answer for ever: the exit settles every request.
      this.#flaw = 'sent a message that is not understood, and was ended';
      this.#child.kill('SIGKILL');
      return;
    }
    const message = parsed.data;
    if (message.type === 'log') {
      if (message.level === 'error') this.#lastLine = message.message;
      this.#log[message.level](`Engine process: ${message.message}`);
    } else if (message.type === 'hello') {
      this.#onHello(message.version);
    } else {
      this.#hasLoaded ||= message.type === 'loaded';
      this.#pending.get(message.id)?.receive(message);
    }
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

  #onLine(line: string): void {
    const text = line.trim().slice(0, MAX_LINE);
    if (text === '') return;
    this.#lastLine = text;
    this.#log.debug(`Engine process: ${text}`);
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
    const hint = this.#hasLoaded
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
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#ended.resolve();
  }
}
