/** Reads the answer to an edit, whole or while it comes. Both go through the same steps, so they never differ. */
import { readForms } from './forms/index.ts';
import { isSearchMark } from './forms/searchReplace.ts';
import { BlockPreview } from './preview.ts';
import { type EditResult, REASONS, Refused, refuse } from './result.ts';
import { type Block, Segmenter } from './segments.ts';
import { Speech } from './speech.ts';
import { type EditContext, isBlank, Window } from './window.ts';

/** The lines of an answer that are sure by now. */
export interface EditPreview {
  /** The beginning of the result's lines. The list grows with the answer; an answer that is refused has none. */
  readonly lines: readonly string[];
  /** True once the block that is shown is closed: what follows can only be text about it. */
  readonly closed: boolean;
}

/** Reads an answer while it comes. */
export interface EditReader {
  /** Reads the next piece, wherever it is split. */
  push(text: string): EditPreview;
  /**
   * Reads the whole answer. Nothing can be pushed afterwards.
   * @param options `complete` is false if a limit cut the answer. Defaults to the context's.
   */
  end(options?: { readonly complete?: boolean }): EditResult;
}

class Reader implements EditReader {
  readonly #context: EditContext;
  readonly #window: Window;
  readonly #segmenter: Segmenter;
  readonly #speech: Speech;
  readonly #lines: string[] = [];
  #preview: BlockPreview | undefined;
  #previewed: Block | undefined;
  /** True if lines were shown that turned out to be part of a thought. */
  #isBroken = false;

  constructor(original: readonly string[], context: EditContext) {
    this.#context = context;
    this.#window = new Window(original, context);
    this.#segmenter = new Segmenter(context.languageId);
    const segmenter = this.#segmenter;
    const take = (line: string): void => this.#take(line);
    const clear = (): void => this.#clear();
    this.#speech = new Speech(
      {
        get isInCode() {
          return segmenter.block !== undefined;
        },
        get hasBlock() {
          return segmenter.segments.some(({ kind }) => kind === 'block');
        },
        take,
        clear,
      },
      (mark) => this.#window.contains(mark),
      context.thoughtOpen ?? false,
    );
  }

  push(text: string): EditPreview {
    this.#speech.push(text);
    return {
      lines: this.#preview?.lines ?? [],
      closed: this.#previewed?.isClosed === true && (this.#preview?.lines.length ?? 0) > 0,
    };
  }

  end({ complete = this.#context.complete }: { readonly complete?: boolean } = {}): EditResult {
    try {
      return this.#read(complete);
    } catch (error) {
      if (error instanceof Refused) return { kind: 'refused', reason: error.reason };
      throw error;
    }
  }

  #read(isComplete: boolean): EditResult {
    this.#speech.end();
    if (this.#speech.isNoise || this.#isBroken) refuse(REASONS.malformed());
    if (this.#speech.isThinking) refuse(isComplete ? REASONS.thought() : REASONS.cut());
    return readForms({
      segments: this.#segmenter.segments,
      lines: this.#lines,
      window: this.#window,
      // A turn that ended before the limit is whole.
      isComplete: isComplete || this.#speech.hasEnded,
    });
  }

  #take(line: string): void {
    // The end of a line of old Macs, or a text that writes over itself.
    if (line.includes('\r')) this.#isBroken = true;
    this.#lines.push(line);
    const open = this.#segmenter.block;
    this.#segmenter.take(line);
    const now = this.#segmenter.block;
    if (now === undefined) return;
    if (this.#previewed === undefined) this.#begin(now);
    else if (open === now && now === this.#previewed) this.#show(now);
  }

  #begin(block: Block): void {
    const { segments } = this.#segmenter;
    if (segments.some((segment) => segment.kind === 'block' && segment !== block)) return;
    const prose = segments.flatMap((segment) => (segment.kind === 'prose' ? segment.lines : []));
    const introduction = prose.filter((line) => !isBlank(line));
    // The block may be a part of search and replace.
    if (introduction.some((line) => isSearchMark(line) || /^\s*</.test(line))) return;
    this.#previewed = block;
    this.#preview = new BlockPreview(
      block,
      block.glued ?? introduction.at(-1) ?? '',
      introduction.length,
      this.#window,
    );
  }

  #show(block: Block): void {
    if (block.inner.length > 0) this.#preview?.freeze();
    else this.#preview?.take(block.lines.at(-1) ?? '');
  }

  #clear(): void {
    if ((this.#preview?.lines.length ?? 0) > 0) this.#isBroken = true;
    this.#segmenter.clear();
    this.#lines.length = 0;
    this.#preview = undefined;
    this.#previewed = undefined;
  }
}

/** Reads an answer while it comes. */
export function createEditReader(original: readonly string[], context: EditContext): EditReader {
  return new Reader(original, context);
}

/**
 * Reads a whole answer: exactly, or not at all.
 * @param original the lines to change; none for an insertion.
 */
export function readEdit(answer: string, original: readonly string[], context: EditContext): EditResult {
  const reader = new Reader(original, context);
  reader.push(answer);
  return reader.end();
}
