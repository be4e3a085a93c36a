/** The log that every part writes to. The editor's log output channel has this shape. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** A log that discards everything, for parts that run without an editor. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
