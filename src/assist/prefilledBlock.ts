/**
 * The beginning of an answer that is written for the model: the opening fence. Small models then write code and nothing
 * else, and the answer can be stopped where the block closes.
 */
import type { AssistantMessage } from '../inference/index.ts';
import { closesFence, type FenceOpening, fenced, parseFenceOpening } from './fence.ts';

/** The names that code has in the answers of models, if they are others than VS Code's. */
const TAGS: Readonly<Record<string, string>> = {
  typescript: 'ts',
  typescriptreact: 'tsx',
  javascript: 'js',
  javascriptreact: 'jsx',
  shellscript: 'bash',
};

/** Follows an answer to a conversation that ends with {@link message}. */
export class PrefilledBlock {
  /** The last message of the conversation, which the model continues. */
  readonly message: AssistantMessage;
  readonly #opening: string;
  readonly #start: string;
  readonly #fence: FenceOpening | undefined;
  #answer = '';
  /** Lines of the answer that are complete, and what was found in them. */
  #lines = 0;
  #depth = 1;
  #hasBegun = false;

  /**
   * @param lines the code to change: the fence is longer than those in it.
   * @param start the beginning of the first line. Defaults to none.
   * @param shown lines that the model believes to have written before it; they are no part of its answer.
   */
  constructor(languageId: string, lines: readonly string[], start = '', shown: readonly string[] = []) {
    const opening = fenced(lines, TAGS[languageId] ?? languageId).split('\n')[0] ?? '';
    this.#opening = `${opening}\n${start}`;
    this.#start = start;
    this.#fence = parseFenceOpening(opening);
    const before = shown.map((line) => `${line}\n`).join('');
    this.message = { role: 'assistant', content: `${opening}\n${before}${start}` };
  }

  /** True once a line of the answer has closed the block. */
  get isClosed(): boolean {
    return this.#depth <= 0;
  }

  /**
   * Takes the next piece of the answer.
   * @returns the text to read in its place, which has the opening fence.
   */
  push(piece: string): string {
    this.#answer += piece;
    const lines = this.#answer.split('\n');
    for (; this.#lines < lines.length - 1; this.#lines++) this.#take(lines[this.#lines] ?? '');
    if (this.#hasBegun) return piece;
    // Many models open the block once more, and then it is theirs.
    if (lines.length === 1 && this.#answer.trimStart().length <= 3) return '';
    this.#hasBegun = true;
    return this.#isOpenedAgain() ? this.#answer : this.#opening + this.#answer;
  }

  /**
   * Returns the whole answer.
   * @param isComplete false if a limit cut it.
   */
  end(isComplete: boolean): string {
    if (this.#answer !== '' && !this.#answer.endsWith('\n'))
      this.#take(this.#answer.split('\n').at(-1) ?? '');
    if (this.#isOpenedAgain()) return this.#answer;
    // A model that ends without closing the block may have written text in it, and none of the code that was asked for.
    return (isComplete && !this.isClosed ? this.#start : this.#opening) + this.#answer;
  }

  #isOpenedAgain(): boolean {
    return parseFenceOpening((this.#answer.split('\n')[0] ?? '').trim()) !== undefined;
  }

  #take(line: string): void {
    if (this.#fence === undefined || this.isClosed) return;
    const opening = parseFenceOpening(line);
    if (closesFence(line, this.#fence)) this.#depth -= 1;
    else if (opening !== undefined && this.#lines > 0 && opening.character === '`') this.#depth += 1;
  }
}
