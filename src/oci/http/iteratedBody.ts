/** A body that can only be iterated, such as that of a `fetch`. */
import type { AnswerBody, Sink } from './sender.ts';

/** A body made of an iterable and a way to end it. */
export class IteratedBody implements AnswerBody {
  readonly #pieces: AsyncIterable<Buffer>;
  readonly #end: (error?: Error) => void;

  /** @param end makes a running iteration fail, and releases its source. */
  constructor(pieces: AsyncIterable<Buffer>, end: (error?: Error) => void) {
    this.#pieces = pieces;
    this.#end = end;
  }

  destroy(error?: Error): void {
    this.#end(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this.#pieces[Symbol.asyncIterator]();
  }

  async pour(sink: Sink): Promise<void> {
    for await (const piece of this) {
      const taken = sink(piece);
      if (taken === 'enough') return;
      await taken;
    }
  }
}
