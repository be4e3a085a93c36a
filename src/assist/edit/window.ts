/** The lines that an answer is compared with: those to change, and those that were shown around them. */
import { type Language, languageOf } from './code/languages.ts';

/** Facts about the place of an edit. */
export interface EditContext {
  /** VS Code's identifier of the document's language. */
  readonly languageId: string;
  /** One level of the document's indentation: a tab, or some spaces. */
  readonly indentation: string;
  /** Lines just before those to change, as far as they are known. */
  readonly before: readonly string[];
  /** Lines just after them. */
  readonly after: readonly string[];
  /** False if a limit cut the answer. */
  readonly complete: boolean;
  /** Tells if the prompt opened a thought, so that the answer begins in it. */
  readonly thoughtOpen?: boolean;
  /** Tells if the prompt opened the block of code: models often go on with an empty line then. */
  readonly blockOpen?: boolean;
  /** The words of the user, as far as they are known: an example of use is left out unless they ask for one. */
  readonly instruction?: string;
}

/** The text of a line without the white space around it, by which lines are compared. */
export function keyOf(line: string): string {
  return line.trim();
}

/** The white space at the start of a line. */
export function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

export function isBlank(line: string): boolean {
  return line.trim() === '';
}

export function isFilled(line: string): boolean {
  return !isBlank(line);
}

/** Tells if two lists have the same lines, white space included. */
export function sameLines(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

/** Lines with text, each with its place in the list. */
export interface Filled {
  readonly keys: readonly string[];
  readonly places: readonly number[];
}

/** Picks the lines with text. */
export function filled(lines: readonly string[]): Filled {
  const keys: string[] = [];
  const places: number[] = [];
  for (const [place, line] of lines.entries()) {
    const key = keyOf(line);
    if (key === '') continue;
    keys.push(key);
    places.push(place);
  }
  return { keys, places };
}

/** The lines of an edit and those around it. */
export class Window {
  readonly original: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly language: Language;
  readonly indentation: string;
  readonly instruction: string;
  readonly isBlockOpen: boolean;
  /** How often the text of each line occurs in all of them. */
  readonly #counts = new Map<string, number>();
  readonly #originalKeys: ReadonlySet<string>;

  constructor(original: readonly string[], context: EditContext) {
    this.original = original;
    this.before = context.before;
    this.after = context.after;
    this.instruction = context.instruction ?? '';
    this.isBlockOpen = context.blockOpen ?? false;
    this.language = languageOf(context.languageId);
    this.indentation = context.indentation === '' ? '    ' : context.indentation;
    for (const line of this.lines) {
      const key = keyOf(line);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
    this.#originalKeys = new Set(original.map(keyOf));
  }

  /** All lines in order. */
  get lines(): readonly string[] {
    return [...this.before, ...this.original, ...this.after];
  }

  /** Tells if there is nothing to replace: an insertion, or empty lines. */
  get isInsertion(): boolean {
    return this.original.every(isBlank);
  }

  /** Tells if a line stands in the document, whatever its indentation is. */
  knows(line: string): boolean {
    return this.#counts.has(keyOf(line));
  }

  /** Tells if a line stands among those to change, whatever its indentation is. */
  replaces(line: string): boolean {
    return this.#originalKeys.has(keyOf(line));
  }

  /** Tells if a line stands in the document just once. */
  isUnique(line: string): boolean {
    return this.#counts.get(keyOf(line)) === 1;
  }

  /** Tells if a line stands in the document just once, and says enough to be told by. */
  isAnchor(line: string): boolean {
    return this.isUnique(line) && isTelling(line);
  }

  /** Tells if a text occurs within a line of the document. */
  contains(text: string): boolean {
    return this.lines.some((line) => line.includes(text));
  }
}

const USUAL =
  /^(?:(?:end|else|do|done|fi|then|begin|pass|try|finally|esac|endif|break|continue|return|default|public|private|protected|null|true|false|None|nil|self|this|<\/?\w+>)[\s;:,{}()]*)+$/i;

/** Tells if a line has words of its own, other than the brackets and words that close and open blocks everywhere. */
export function isTelling(line: string): boolean {
  const key = keyOf(line);
  return (key.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 3 && !USUAL.test(key);
}
