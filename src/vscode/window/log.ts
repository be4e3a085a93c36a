/** The log of this window. Lines of registries, models and llama.cpp cannot pose as records of their own in it. */
import type * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import { logText } from '../../base/text.ts';

/** A log that a user can open. */
export interface WindowLog extends Log {
  /** Opens the output channel. */
  show(): void;
}

/** Writes to `channel` what {@link logText} makes of each message. */
export function windowLog(channel: vscode.LogOutputChannel): WindowLog {
  return {
    debug: (message) => channel.debug(logText(message)),
    info: (message) => channel.info(logText(message)),
    warn: (message) => channel.warn(logText(message)),
    error: (message) => channel.error(logText(message)),
    show: () => channel.show(),
  };
}
