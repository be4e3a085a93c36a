/** llama.cpp's log lines on their way to the engine: bounded, and the last problem kept for the error. */
import type { LogLevel } from '../protocol.ts';

const MAX_LINE = 1_000;
/** llama.cpp writes about 300 lines for a model. A file that makes it write without end is cut here. */
const MAX_LINES = 2_000;

/** Collects the lines of one load or answer. */
export class LlamaLog {
  readonly #send: (level: LogLevel, message: string) => void;
  #lines = 0;
  #problem: string | undefined;

  constructor(send: (level: LogLevel, message: string) => void) {
    this.#send = send;
  }

  /** @param level as `LlamaLogLevel` names it. */
  write(level: string, message: string): void {
    const line = message.trim().slice(0, MAX_LINE);
    // Progress is written as single dots.
    if (line === '' || /^\.+$/.test(line)) return;
    const problem = level === 'error' || level === 'fatal';
    if (problem) this.#problem = line;
    if (++this.#lines > MAX_LINES) return;
    if (this.#lines === MAX_LINES) {
      this.#send('warn', `llama.cpp wrote ${MAX_LINES} lines; further ones are left out`);
      return;
    }
    if (problem) this.#send('error', line);
    else this.#send(level === 'warn' ? 'warn' : 'debug', line);
  }

  /** Starts to count anew. */
  restart(): void {
    this.#lines = 0;
    this.#problem = undefined;
  }

  /** The last line of level `error`. */
  lastProblem(): string | undefined {
    return this.#problem;
  }
}
