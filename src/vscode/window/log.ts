/** The log of this window, in which no text from registries, models and llama.cpp can pose as a separate record. */
import type * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { isolated, logText, withoutIsolated } from '../../base/text.ts';

/** Warnings and errors that are remembered, for diagnostics. */
const MAX_PROBLEMS = 20;
/** Characters of each. */
const MAX_PROBLEM_LENGTH = 500;

/** A log that a user can open. */
export interface WindowLog extends Log {
  /** Opens the output channel. */
  show(): void;
  /** The latest warnings and errors with their times, the oldest first, without the words of servers. */
  problems(): readonly string[];
}

/**
 * Logs a part that had to be left out of a prompt.
 * @param request names the prompt.
 * @param what for people. It may have the words of files, so it is not remembered for diagnostics.
 */
export function warnOfOmission(log: Pick<Log, 'warn'>, request: string, what: Localized): void {
  log.warn(`${request}: left out of the prompt: ${isolated(what)}`);
}

/** Writes messages to `channel` after {@link logText} has cleaned them. */
export function windowLog(channel: vscode.LogOutputChannel): WindowLog {
  const problems: string[] = [];
  const remember = (level: string, message: string): void => {
    const own = logText(withoutIsolated(message)).slice(0, MAX_PROBLEM_LENGTH);
    problems.push(`${new Date().toISOString()} ${level}: ${own}`);
    if (problems.length > MAX_PROBLEMS) problems.shift();
  };
  return {
    debug: (message) => channel.debug(logText(message)),
    info: (message) => channel.info(logText(message)),
    warn: (message) => {
      remember('warning', message);
      channel.warn(logText(message));
    },
    error: (message) => {
      remember('error', message);
      channel.error(logText(message));
    },
    show: () => channel.show(),
    problems: () => [...problems],
  };
}
