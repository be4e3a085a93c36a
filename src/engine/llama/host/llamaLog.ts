/** Forwards llama.cpp's log lines to the engine within bounds, and remembers problems for error messages. */
import type { LogLevel } from '../call.ts';

const MAX_LINE = 1_000;
/** llama.cpp writes about 300 lines for a model. The output of a file that makes it write endlessly is cut here. */
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
      this.#send('warn', `llama.cpp wrote ${MAX_LINES} lines; further lines are omitted`);
      return;
    }
    if (problem) this.#send('error', line);
    else this.#send(level === 'warn' ? 'warn' : 'debug', line);
  }

  /** Resets the counters for the next load or answer. */
  restart(): void {
    this.#lines = 0;
    this.#problems = [];
  }

  /** The first lines of level `error` or `fatal`. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /**
   * Returns the most informative line without the names of functions in front: the first one, because later lines only
   * tell which functions failed as a consequence.
   */
  problem(): string | undefined {
    return this.#problems[0]?.replace(/^(?:[a-z_]\w*: |error loading model: )+/i, '');
  }
}
