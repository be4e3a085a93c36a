/** Texts that did not fit into a prompt, until the user wants one of them included. */
import type { ChatPiece } from './gather/chatPiece.ts';

/** Number of texts that are kept; each may be a long file. */
const MAX_PIECES = 8;

/** A text with the question that it was left out of. */
interface LeftOut {
  readonly id: string;
  readonly piece: ChatPiece;
  readonly prompt: string;
  readonly command: string | undefined;
}

/** The texts of this window. */
export class LeftOutPieces {
  #pieces: readonly LeftOut[] = [];
  #wanted: LeftOut | undefined;
  #count = 0;

  /** Keeps a text. @returns its id. */
  add(piece: ChatPiece, prompt: string, command: string | undefined): string {
    const id = `${++this.#count}`;
    this.#pieces = [...this.#pieces, { id, piece, prompt, command }].slice(-MAX_PIECES);
    return id;
  }

  /** Has the next turn with the same question take a text. @returns the question, or undefined if it is forgotten. */
  want(id: unknown): Pick<LeftOut, 'prompt' | 'command'> | undefined {
    this.#wanted = this.#pieces.find((one) => one.id === id);
    return this.#wanted;
  }

  /** Returns the text that the user wants in a question, once. */
  take(prompt: string): ChatPiece | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted?.prompt === prompt ? wanted.piece : undefined;
  }
}
