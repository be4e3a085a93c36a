/** The log of this window, in which no text from registries, models and llama.cpp can pose as a separate record. */
import type * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import { logText } from '../../base/text.ts';

/** A log that a user can open. */
export interface WindowLog extends Log {
  /** Opens the output channel. */
  show(): void;
}

/** Writes messages to `channel` after {@link logText} has cleaned them. */
export function windowLog(channel: vscode.LogOutputChannel): WindowLog {
  return {
    debug: (message) => channel.debug(logText(message)),
    info: (message) => channel.info(logText(message)),
    warn: (message) => channel.warn(logText(message)),
    error: (message) => channel.error(logText(message)),
    show: () => channel.show(),
  };
}
