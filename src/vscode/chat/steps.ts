/** The steps before an answer, as VS Code lists them above it. */
import type * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';

/** Percentages are said no closer than this; VS Code keeps a line for each. */
const STEP_PERCENT = 20;

/** Says each step once. */
export class Steps {
  readonly #stream: vscode.ChatResponseStream;
  readonly #now: () => number;
  readonly #quietMs: number;
  #last = '';
  #said = 0;
  #startedAt: number | undefined;

  /**
   * @param quietMs milliseconds before the first percentage: what takes no longer needs none.
   * @param now milliseconds, for tests.
   */
  constructor(stream: vscode.ChatResponseStream, quietMs = 500, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#quietMs = quietMs;
    this.#now = now;
  }

  say(text: string): void {
    this.#startedAt = undefined;
    this.#show(text);
  }

  /** Says how far a step is, now and then. @param fraction 0 to 1. */
  percent(text: (done: number) => Localized, fraction: number): void {
    const done = Math.floor((fraction * 100) / STEP_PERCENT) * STEP_PERCENT;
    if (this.#startedAt === undefined) {
      this.#startedAt = this.#now();
      this.#said = 0;
    }
    if (done <= this.#said || done >= 100 || this.#now() - this.#startedAt < this.#quietMs) return;
    this.#said = done;
    this.#show(text(done));
  }

  #show(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    this.#stream.progress(text);
  }
}
