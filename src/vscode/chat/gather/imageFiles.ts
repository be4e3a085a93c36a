/** Files of images, which stay in memory from a turn to the next: each turn of a conversation sends its images again. */
import * as vscode from 'vscode';
import { MAX_IMAGE_BYTES, tooLarge, tooMuch } from '../../../assist/index.ts';
import { asLocalized } from '../../../base/l10n.ts';
import { labelOf } from './chatPiece.ts';
import { NoRoom, Unreadable } from './unreadable.ts';

/** A file as it was read. */
interface ReadFile {
  /** Milliseconds since 1970, as the file system tells it. */
  readonly mtime: number;
  readonly bytes: Uint8Array;
}

/** The files of this window, by their addresses. */
export class ImageFiles {
  /** Those of the last turn, and those of the running one. A turn reads no more than a request has room for. */
  #before: ReadonlyMap<string, ReadFile> = new Map();
  #now = new Map<string, ReadFile>();

  /** Begins a turn: files that the last one did not need are forgotten. */
  beginTurn(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /**
   * Reads a file, unless it is as it was at the last time.
   * @param room bytes that it may have.
   * @throws Unreadable if it is too large for any request; NoRoom if it is for this one; as the file system.
   */
  async read(uri: vscode.Uri, room: number): Promise<Uint8Array> {
    const { size, mtime } = await vscode.workspace.fs.stat(uri);
    // A file's name is no text of ours.
    const name = asLocalized(labelOf(uri));
    if (size > MAX_IMAGE_BYTES) throw new Unreadable(tooLarge(name));
    if (size > room) throw new NoRoom(tooMuch(name));
    const key = uri.toString();
    const known = this.#now.get(key) ?? this.#before.get(key);
    // File systems without times say 0.
    const isSame = known !== undefined && mtime > 0 && known.mtime === mtime && known.bytes.length === size;
    const bytes = isSame ? known.bytes : await vscode.workspace.fs.readFile(uri);
    // It may have grown since its size was told.
    if (bytes.length <= MAX_IMAGE_BYTES) this.#now.set(key, { mtime, bytes });
    return bytes;
  }
}
