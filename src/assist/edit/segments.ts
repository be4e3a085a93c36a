/** Splits the lines of an answer into prose and blocks of code, as they come. */

import { isMarkdown, type Language, languageOf, namedLanguage } from './code/languages.ts';
import { Lexer } from './code/lexer.ts';
import {
  type Closing,
  type Opening,
  parseClosing,
  parseGlued,
  parseOneLine,
  parseOpening,
  unindented,
} from './fences.ts';

/** Lines outside of blocks. */
export interface Prose {
  readonly kind: 'prose';
  readonly lines: string[];
}

/** A fence within a block that did not close it. */
export interface InnerFence {
  /** The block's line, counted from 0. */
  readonly at: number;
  readonly closing: Closing;
}

/** A block of code. */
export interface Block {
  readonly kind: 'block';
  readonly opening: Opening;
  /** Facts about the language that the info string names, or else the document's. */
  readonly language: Language;
  /** The language that the info string names. */
  readonly named: Language | undefined;
  readonly lines: string[];
  /** True if a fence closed it. */
  isClosed: boolean;
  /** Fences within strings, of blocks in Markdown, and others that look like no end. */
  readonly inner: InnerFence[];
  /** True if it stood on one line, between other fences. */
  readonly isOneLine: boolean;
  /** The text before the fence, where it stood behind a sentence. */
  readonly glued: string | undefined;
}

export type Segment = Prose | Block;

/** Returns the word of an info string that names a language, without what editors add: `ts title=x`, `{.r}`, `ts:a.ts`. */
export function languageWord(info: string): string {
  return /^\{?[.=]?([\w+#-]+)/.exec(info)?.[1]?.toLowerCase() ?? '';
}

/** Splits an answer. */
export class Segmenter {
  readonly segments: Segment[] = [];
  readonly #languageId: string;
  #block: Block | undefined;
  #lexer: Lexer | undefined;

  constructor(languageId: string) {
    this.#languageId = languageId;
  }

  /** The block that is open now. */
  get block(): Block | undefined {
    return this.#block;
  }

  /** Forgets everything, because it was a thought. */
  clear(): void {
    this.segments.length = 0;
    this.#block = undefined;
  }

  /** Reads the next line. */
  take(line: string): void {
    if (this.#block === undefined) this.#takeProse(line);
    else this.#takeCode(line, this.#block);
  }

  #takeProse(line: string): void {
    const opening = parseOpening(line);
    if (opening !== undefined) {
      this.#open(opening, undefined);
      return;
    }
    const inner = parseOneLine(line);
    if (inner !== undefined) {
      this.#oneLine(inner);
      return;
    }
    const glued = parseGlued(line);
    if (glued !== undefined) {
      this.#prose(glued.text);
      this.#open(glued.opening, glued.text);
      return;
    }
    this.#prose(line);
  }

  #prose(line: string): void {
    const last = this.segments.at(-1);
    if (last?.kind === 'prose') last.lines.push(line);
    else this.segments.push({ kind: 'prose', lines: [line] });
  }

  #oneLine(inner: string): void {
    const own = languageOf(this.#languageId);
    const word = /^([\w+#-]+)\s+\S/.exec(inner)?.[1];
    const named = word === undefined ? undefined : namedLanguage(word);
    const code = named === undefined ? inner : inner.slice(word?.length ?? 0).trim();
    const opening: Opening = { character: '`', length: 3, indent: 0, isQuoted: false, info: '' };
    this.segments.push({
      kind: 'block',
      opening,
      language: named ?? own,
      named,
      lines: [code],
      isClosed: true,
      inner: [],
      isOneLine: true,
      glued: undefined,
    });
  }

  #open(opening: Opening, glued: string | undefined): void {
    const named = namedLanguage(languageWord(opening.info));
    const own = languageOf(this.#languageId);
    const language = named ?? own;
    const block: Block = {
      kind: 'block',
      opening,
      language,
      named,
      lines: [],
      isClosed: false,
      inner: [],
      isOneLine: false,
      glued,
    };
    this.segments.push(block);
    this.#block = block;
    this.#lexer = new Lexer(language);
  }

  #takeCode(line: string, block: Block): void {
    const closing = parseClosing(line, block.opening);
    if (closing !== undefined && this.#closes(closing, block)) {
      block.isClosed = true;
      this.#block = undefined;
      if (closing === 'text') this.#prose(line.replace(/^\s*(?:`+|~+)\s*/, ''));
      return;
    }
    if (closing !== undefined) block.inner.push({ at: block.lines.length, closing });
    const code = unindented(line, block.opening);
    block.lines.push(code);
    this.#lexer?.take(code);
  }

  #closes(closing: Closing, block: Block): boolean {
    // In Markdown a fence of the same length may open a block of its own; only the whole answer tells.
    if (isMarkdown(block.language) && block.opening.length === 3) return false;
    if (closing === 'info') return false;
    // Behind the opening of another block, the next fence is the end of that one.
    const open = block.inner.filter((inner) => inner.closing === 'info').length;
    const closed = block.inner.filter((inner) => inner.closing === 'bare').length;
    if (open > closed) return false;
    return this.#lexer?.inside === undefined;
  }
}
