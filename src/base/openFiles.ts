/** The limit on open file descriptors: files, connections and what threads need (RLIMIT_NOFILE). */
import { systemErrorCode } from './error.ts';
import { type Localized, t } from './l10n.ts';

/** EMFILE is the limit of this process, ENFILE that of the whole machine. */
const CODES = /\bE[MN]FILE\b/;

/** The system's words in the error of a module's package.json, which has no other sign of the reason. */
const UNREAD = /too many open files/i;

/** Longest chain of causes that is followed. */
const MAX_DEPTH = 8;

/** Returns true if an operation failed because too many files are open, even if only a cause of its error says so. */
export function isTooManyFiles(error: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (CODES.test(systemErrorCode(error) ?? '')) return true;
  if (!(error instanceof Error)) return false;
  if (systemErrorCode(error) === 'ERR_INVALID_PACKAGE_CONFIG' && UNREAD.test(error.message)) return true;
  // A thread that cannot start has an error code of its own and names the system's only in its message.
  if (CODES.test(error.message)) return true;
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...inner].some((each) => each !== undefined && isTooManyFiles(each, depth + 1));
}

/** The reason and the remedy, as a clause that follows what failed. */
export function tooManyFiles(): Localized {
  return t(
    'too many files are open; close some programs or raise the limit on open files (ulimit -n), then try again',
  );
}
