/** Where the bytes of a GGUF come from: a file on this machine, or whatever else can be read from the front. */
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { singleLine } from '../base/text.ts';

/** Characters of a name in a message; references are longer than names of files. */
const MAX_NAME = 250;

/** Bytes that are read from front to back, with leaps forward. */
export interface GgufSource {
  /** What messages call it: the base name of a file, or a reference. */
  readonly name: string;
  /** Of the whole, bytes. */
  readonly size: number;
  /**
   * Reads into the front of `target`.
   * @param position where the bytes begin, never before what was asked for last.
   * @param atLeast bytes that are needed; more are welcome, up to the length of `target`.
   * @returns bytes read; fewer than `atLeast` only where the source ends.
   */
  read(target: Buffer, position: number, atLeast: number): Promise<number>;
}

/** The error of a GGUF that cannot be used. @param reason as in “model.gguf is not a usable GGUF file: `…`”. */
export function invalidGguf(name: string, reason: string, cause?: unknown): ModelError {
  const message = `The file ${singleLine(name, MAX_NAME)} is not a usable GGUF file: ${reason}. Choose another model; “Verify Local Models” tells whether this one is damaged here.`;
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
 * Opens a file for `work` and closes it after it.
 * @throws ModelError `gguf-invalid` where there is no such file or it cannot be read, and what `work` throws.
 */
export async function withFileSource<T>(path: string, work: (source: GgufSource) => Promise<T>): Promise<T> {
  const name = basename(path);
  try {
    const handle = await open(path, 'r');
    try {
      const status = await handle.stat();
      if (!status.isFile()) throw invalidGguf(name, 'it is not a file');
      return await work(new FileSource(handle, name, status.size));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw invalidGguf(name, `it cannot be read (${systemErrorCode(error) ?? 'unknown error'})`, error);
  }
}
