/** A small file of another program, read again when it has changed. */
import type { FileHandle } from 'node:fs/promises';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import { NoFileError, openUnblocked, readAtMost } from '../base/unblockedFile.ts';

/** Bytes. Configurations of Docker are a few kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Codes of a missing file. Some tools mount a directory in its place. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** Caches the parsed value of a file until the file changes. */
export class WatchedFile<Value> {
  readonly path: string;
  readonly #parse: (text: string) => Value;
  #stamp: string | undefined;
  #value: { readonly value: Value } | undefined;

  /** @param parse makes the value of the text. Its errors are thrown by {@link read}. */
  constructor(path: string, parse: (text: string) => Value) {
    this.path = path;
    this.#parse = parse;
  }

  /**
   * Returns the file's value, parsed again if its time, size or inode has changed, or undefined if there is no such
   * file.
   * @throws ModelError `auth-denied` if the file cannot be read, and the errors of `parse`.
   */
  async read(): Promise<Value | undefined> {
    let file: FileHandle | undefined;
    try {
      file = await openUnblocked(this.path);
      const { mtimeMs, size, ino } = await file.stat();
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === this.#stamp && this.#value !== undefined) return this.#value.value;
      // Checked again while it is read: a device has no size, and a file may grow.
      const bytes = size > MAX_BYTES ? undefined : await readAtMost(file, MAX_BYTES);
      if (bytes === undefined) throw unreadable(this.path, t('it is larger than {0} bytes', MAX_BYTES));
      this.#value = undefined;
      const value = this.#parse(bytes.toString('utf8'));
      this.#value = { value };
      this.#stamp = stamp;
      return value;
    } catch (error) {
      if (ABSENT.has(systemErrorCode(error) ?? '')) return undefined;
      if (error instanceof ModelError) throw error;
      const reason = error instanceof NoFileError ? t('it is not a file') : codeOf(error);
      throw unreadable(this.path, reason, error);
    } finally {
      await file?.close();
    }
  }
}

function codeOf(error: unknown): Localized {
  const code = systemErrorCode(error);
  // A code such as EACCES is no word.
  return code === undefined ? t('it is not readable') : asLocalized(code);
}

function unreadable(path: string, reason: Localized, cause?: unknown): ModelError {
  const message = t(
    'The logins in {0} cannot be read: {1}. Check the file, or sign in to the registry here.',
    path,
    reason,
  );
  return new ModelError('auth-denied', message, { cause });
}
