/** llama.cpp's log lines on their way to the engine: bounded, and the problems kept for the error. */
import type { LogLevel } from '../call.ts';

const MAX_LINE = 1_000;
/** llama.cpp writes about 300 lines for a model. A file that makes it write without end is cut here. */
const MAX_LINES = 2_000;
const MAX_PROBLEMS = 20;

/** Collects the lines of one load or answer. */
export class LlamaLog {
  readonly #send: (level: LogLevel, message: string) => void;
  #lines = 0;
  #problems: string[] = [];

  constructor(send: (level: LogLevel, message: string) => void) {
    this.#send = send;
  }

  /** @param level as `LlamaLogLevel` names it. */
  write(level: string, message: string): void {
    const line = message.trim().slice(0, MAX_LINE);
    // Progress is written as single dots.
    if (line === '' || /^\.+$/.test(line)) return;
    const problem = level === 'error' || level === 'fatal';
    if (problem && this.#problems.length < MAX_PROBLEMS) this.#problems.push(line);
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
    this.#problems = [];
  }

  /** The first lines of level `error`. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /**
   * The line that says most: the first one, because those after it only say which functions failed for it.
   * Names of functions before it are left out.
   */
  problem(): string | undefined {
    return this.#problems[0]?.replace(/^(?:[a-z_]\w*: )+/i, '').replace(/^error loading model: /, '');
  }
}
