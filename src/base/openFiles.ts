/** The limit of what a process has open at once: files, connections and what threads need (RLIMIT_NOFILE). */
import { systemErrorCode } from './error.ts';

/** EMFILE: of this process. ENFILE: of the whole machine. */
const CODES = /\bE[MN]FILE\b/;

/** Errors whose causes are looked at, one in the other. */
const MAX_DEPTH = 8;

/** Tells whether an operation failed because too many files are open, also in a cause of its error. */
export function isTooManyFiles(error: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (CODES.test(systemErrorCode(error) ?? '')) return true;
  if (!(error instanceof Error)) return false;
  // A thread that cannot be started has a code of its own, and tells the system's in its message.
  if (CODES.test(error.message)) return true;
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...inner].some((each) => each !== undefined && isTooManyFiles(each, depth + 1));
}

/** What happened and what to do, to be put behind what failed. */
export const TOO_MANY_FILES =
  'too many files are open; close some programs, or raise the limit of open files (ulimit -n), then try again';
