/**
 * A mark of a call within a thought. Models that forget to close a thought call in it; others only think about a call,
 * and what they say behind the thought tells them apart.
 */
import { earliest, type Found } from '../marks.ts';
import { TURN_ENDS } from '../turnMarks.ts';

/** Characters that are held back for the end of the thought, at most. */
const MAX_HELD = 65_536;
const MAX_CLOSER_LENGTH = 48;

export class HeldThought {
  /** The mark of the call, with which what is held begins. */
  readonly open: string;
  readonly #close: readonly string[];
  #tail = '';
  #length = 0;
  #closer: Found | undefined;

  constructor(open: string, close: readonly string[]) {
    this.open = open;
    this.#close = close;
  }

  /** Tells if a piece may tell more: joining the pieces of a long one costs its length each time. */
  mayEnd(piece: string): boolean {
    this.#length += piece.length;
    if (this.#closer !== undefined || this.#length >= MAX_HELD) return true;
    const tail = this.#tail + piece;
    this.#tail = tail.slice(-MAX_CLOSER_LENGTH);
    return earliest(tail, this.#close) !== undefined;
  }

  /**
   * Tells what came of it.
   * @param text everything from the mark on, as far as it has come.
   * @returns the mark that closes the thought, if something follows; `call` if nothing does, so that the call was
   *   meant; `mention` if the thought goes on for too long.
   */
  find(text: string, isEnd: boolean): Found | 'call' | 'mention' | 'more' {
    this.#length = text.length;
    this.#tail = text.slice(-MAX_CLOSER_LENGTH);
    this.#closer ??= earliest(text.slice(0, MAX_HELD), this.#close);
    if (this.#closer === undefined) {
      if (isEnd) return 'call';
      return text.length >= MAX_HELD ? 'mention' : 'more';
    }
    const rest = text.slice(this.#closer.at + this.#closer.what.length).trim();
    if (isEnd) return rest === '' || TURN_ENDS.includes(rest) ? 'call' : this.#closer;
    return TURN_ENDS.some((mark) => mark.startsWith(rest)) ? 'more' : this.#closer;
  }
}
