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

/** The fences that Markdown mostly has; the one around it is longer. */
const USUAL_FENCE = '```';

/** Options of a {@link PrefilledBlock}. */
export interface PrefilledOptions {
  /**
   * The beginning of the first line. Defaults to none. The last space of an indentation is left to the model, because
   * most vocabularies have it in front of words.
   */
  readonly start?: string;
  /** Lines that the model believes to have written before it; they are no part of its answer. Defaults to none. */
  readonly shown?: readonly string[];
  /**
   * True for models that close a long fence with a short one: three backticks before an empty line then close it. Defaults
   * to false; three backticks at the end of an answer always do.
   */
  readonly isLoose?: boolean;
}

/** Follows an answer to a conversation that ends with {@link message}. */
export class PrefilledBlock {
  /** The last message of the conversation, which the model continues. */
  readonly message: AssistantMessage;
  readonly #opening: string;
  /** The beginning of the first line, and as much of it as is written for the model. */
  readonly #wanted: string;
  readonly #start: string;
  readonly #isLoose: boolean;
  readonly #fence: FenceOpening | undefined;
  #answer = '';
  /** Lines of the answer that are complete, and what was found in them. */
  #lines = 0;
  /** Blocks inside that are open. */
  #inner: FenceOpening[] = [];
  #isClosed = false;
  /** The line of a fence that may open a block inside, or close the whole by mistake. */
  #doubtful: number | undefined;
  #hasBegun = false;
  #hasInner = false;

  /**
   * @param lines the code to change: the fence is longer than those in it, and than the usual ones in Markdown, so that
   * the first fence of its length is the end.
   */
  constructor(languageId: string, lines: readonly string[], options: PrefilledOptions = {}) {
    const { start = '', shown = [], isLoose = false } = options;
    const fences = [...lines, ...shown, ...(languageId === 'markdown' ? [USUAL_FENCE] : [])];
    const opening = fenced(fences, TAGS[languageId] ?? languageId).split('\n')[0] ?? '';
    this.#opening = `${opening}\n`;
    this.#wanted = start;
    this.#start = start.trim() === '' ? start.replace(/ $/, '') : start;
    this.#isLoose = isLoose;
    this.#fence = parseFenceOpening(opening);
    const before = shown.map((line) => `${line}\n`).join('');
    this.message = { role: 'assistant', content: `${this.#opening}${before}${this.#start}` };
  }

  /** True once a line of the answer has closed the block. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * True if an answer that has ended has blocks of its own and did not close the whole: some of its text may be about it.
   */
  get isUnclear(): boolean {
    return this.#hasInner && !this.#isClosed && this.#shortClosing() === undefined && !this.#isOpenedAgain();
  }

  /**
   * The first two complete lines of the answer that have text, with those between and the beginning that they go on from.
   * Returns undefined while there is none, and if the model opened the block once more. `isOwn` if they do not go on from
   * what was written for them.
   */
  get continued():
    | { readonly start: string; readonly isOwn: boolean; readonly lines: readonly string[] }
    | undefined {
    const complete = this.#answer.split('\n').slice(0, -1);
    if (complete.length === 0 || this.#isOpenedAgain()) return undefined;
    const lines: string[] = [];
    for (const line of complete) {
      const isFence = lines.length > 0 && /^\s*`{3,}/.test(line);
      if (isFence || lines.filter((one) => one.trim() !== '').length === 2) break;
      lines.push(line);
    }
    const start = this.#taken();
    return { start, isOwn: start !== this.#start, lines };
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
    return this.#isOpenedAgain() ? this.#answer : this.#opening + this.#taken() + this.#answer;
  }

  /**
   * Returns the whole answer.
   * @param isComplete false if a limit cut it.
   */
  end(isComplete: boolean): string {
    if (this.#answer !== '' && !this.#answer.endsWith('\n'))
      this.#take(this.#answer.split('\n').at(-1) ?? '');
    if (this.#isOpenedAgain()) return this.#answer;
    const short = isComplete ? this.#shortClosing() : undefined;
    if (short !== undefined) return this.#closedAt(short);
    // A model that ends without closing the block may have written text in it, and none of the code that was asked for.
    return (isComplete && !this.isClosed ? '' : this.#opening) + this.#taken() + this.#answer;
  }

  /** The beginning that the answer goes on from: none if the model wrote an indentation of its own. */
  #taken(): string {
    const indent = /^[ \t]*/.exec(this.#answer)?.[0] ?? '';
    return this.#start.trim() !== '' || this.#start + indent === this.#wanted ? this.#start : '';
  }

  #isOpenedAgain(): boolean {
    return parseFenceOpening((this.#answer.split('\n')[0] ?? '').trim()) !== undefined;
  }

  /** The line of a fence that was meant to close the block though it is too short. */
  #shortClosing(): number | undefined {
    const at = this.#doubtful;
    if (at === undefined || this.#isClosed) return at;
    const rest = this.#answer.split('\n').slice(at + 1);
    return rest.every((line) => line.trim() === '') ? at : undefined;
  }

  /** The answer up to a line, with the fence that should be there. */
  #closedAt(line: number): string {
    const fence = '`'.repeat(this.#fence?.length ?? 3);
    return `${this.#opening}${this.#taken()}${[...this.#answer.split('\n').slice(0, line), fence].join('\n')}\n`;
  }

  #take(line: string): void {
    const outer = this.#fence;
    if (outer === undefined || this.#isClosed) return;
    const inner = this.#inner.at(-1);
    if (this.#doubtful !== undefined) {
      if (this.#isLoose && line.trim() === '') {
        this.#isClosed = true;
        return;
      }
      this.#doubtful = undefined;
    }
    const opening = parseFenceOpening(line);
    // A longer fence closes the whole, whatever is open in it.
    if (inner !== undefined && inner.length >= outer.length && closesFence(line, inner)) this.#inner.pop();
    else if (closesFence(line, outer)) this.#isClosed = true;
    else if (inner !== undefined && closesFence(line, inner)) this.#inner.pop();
    else if (opening !== undefined && this.#lines > 0 && opening.character === '`') {
      if (inner === undefined && line.trim() === '`'.repeat(opening.length)) this.#doubtful = this.#lines;
      this.#inner.push(opening);
      this.#hasInner = true;
    }
  }
}
