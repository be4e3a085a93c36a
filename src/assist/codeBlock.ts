/**
 * Extracts the code of an answer while it streams in: the first fenced block, or the whole text if the model sends code
 * without a fence. Fences follow CommonMark, section 4.5.
 */
import { closesFence, type FenceOpening, parseFenceOpening } from './fence.ts';
import { restoreIndentation } from './indent.ts';

/** Reads an answer piece by piece. */
export class CodeBlockStream {
  readonly #original: readonly string[];
  /** Text after the last line break. */
  #rest = '';
  /** Complete lines outside a fence, for an answer that has none. */
  readonly #bare: string[] = [];
  readonly #code: string[] = [];
  #opening: FenceOpening | undefined;
  #closed = false;

  /** @param original the lines that the code replaces, which determine its indentation. */
  constructor(original: readonly string[] = []) {
    this.#original = original;
  }

  /** The complete lines of code so far, indented like the original. */
  get lines(): readonly string[] {
    return restoreIndentation(this.#code, this.#original);
  }

  /** True once the block is closed: no later text belongs to it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Reads the next piece of the answer, wherever it is split. */
  push(text: string): void {
    if (this.#closed) return;
    // The two characters of \r\n may arrive separately; a \r at the end waits for the next piece.
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  /** Returns the code of the whole answer, or undefined if it has none. Nothing can be pushed afterwards. */
  end(): readonly string[] | undefined {
    if (!this.#closed && this.#rest !== '') this.#take(this.#rest.replace(/\r$/, ''));
    const closed = this.#closed;
    this.#rest = '';
    this.#closed = true;
    // An open fence at the very end of a truncated answer is not code. An empty block that is closed is code: it says
    // that no line should remain.
    if (this.#opening !== undefined) return closed || this.#code.length > 0 ? this.lines : undefined;
    const bare = bareCode(this.#bare);
    return bare === undefined ? undefined : restoreIndentation(bare, this.#original);
  }

  #take(line: string): void {
    if (this.#closed) return;
    if (this.#opening === undefined) {
      this.#opening = parseFenceOpening(line);
      if (this.#opening === undefined) this.#bare.push(line);
    } else if (closesFence(line, this.#opening)) {
      this.#closed = true;
    } else {
      this.#code.push(unindented(line, this.#opening.indent));
    }
  }
}

/** Removes the indentation of the fence from a line of its block, as far as the line has it. */
function unindented(line: string, columns: number): string {
  const spaces = /^ */.exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(columns, spaces));
}

const CODE_END = /[;{}()[\],]$|=>$/;
const CODE_INSIDE = /[\w\])]\s*[+\-*/%|&]?=[^=]|\w\(|=>/;
const CODE_START =
  /^(?:\s{2,}|\t|\/\/|\/\*|#|@|<\/?\w)|^(?:async|await|class|const|def|elif|else|enum|export|fn|for|from|func|function|if|import|interface|let|match|package|private|public|return|static|struct|switch|try|type|use|var|while|with)\b.*[^.?!]$/;
const PROSE = /^[A-Z]\S*(?: \S+){3,}[.?!:]$/;

function looksLikeCode(line: string): boolean {
  if (PROSE.test(line)) return false;
  return CODE_END.test(line.trimEnd()) || CODE_INSIDE.test(line) || CODE_START.test(line);
}

/** Returns the lines of an answer without a fence if most of them look like code. */
function bareCode(lines: readonly string[]): readonly string[] | undefined {
  const hasText = (line: string): boolean => line.trim() !== '';
  const texts = lines.filter(hasText);
  if (texts.filter(looksLikeCode).length * 2 <= texts.length) return undefined;
  return lines.slice(lines.findIndex(hasText), lines.findLastIndex(hasText) + 1);
}
