/** Sources of a GGUF's bytes: a file on this machine, or anything else that can be read from the front. */
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import { singleLine } from '../base/text.ts';
import { NoFileError, openUnblocked } from '../base/unblockedFile.ts';

/** Longest name in a message, in characters; references are longer than names of files. */
const MAX_NAME = 250;

/** Bytes that are read from front to back, possibly with skips. */
export interface GgufSource {
  /** The name in messages: the base name of a file, or a reference. */
  readonly name: string;
  /** Total size in bytes. */
  readonly size: number;
  /**
   * Reads into the front of `target`.
   * @param position of the first byte, never before that of the previous call.
   * @param atLeast bytes that are needed; more are welcome, up to the length of `target`.
   * @returns the number of bytes read; fewer than `atLeast` only at the end of the source.
   */
  read(target: Buffer, position: number, atLeast: number): Promise<number>;
}

/** The error of a GGUF that cannot be used. @param reason as in “… is not a usable GGUF file: `…`”. */
export function invalidGguf(name: string, reason: Localized, cause?: unknown): ModelError {
  const message = t(
    'The file {0} is not a usable GGUF file: {1}. Choose another model, or use “Verify Local Models” to see if this one is damaged.',
    singleLine(name, MAX_NAME),
    reason,
  );
  return new ModelError('gguf-invalid', message, { cause });
}

class FileSource implements GgufSource {
  readonly name: string;
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, name: string, size: number) {
    this.#handle = handle;
    this.name = name;
    this.size = size;
  }

  async read(target: Buffer, position: number, atLeast: number): Promise<number> {
    let filled = 0;
    while (filled < atLeast) {
      const room = target.length - filled;
      const { bytesRead } = await this.#handle.read(target, filled, room, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  }
}

/**
 * Opens a file for `work` and closes it afterwards.
 * @throws ModelError `gguf-invalid` if the file does not exist or cannot be read, and any error of `work`.
 */
export async function withFileSource<T>(path: string, work: (source: GgufSource) => Promise<T>): Promise<T> {
  const name = basename(path);
  try {
    const handle = await openUnblocked(path);
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw invalidGguf(name, t('it is not a file'));
      return await work(new FileSource(handle, name, status.size));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ModelError) throw error;
    if (error instanceof NoFileError) throw invalidGguf(name, t('it is not a file'), error);
    throw invalidGguf(
      name,
      t('it cannot be read ({0})', systemErrorCode(error) ?? t('unknown error')),
      error,
    );
  }
}
