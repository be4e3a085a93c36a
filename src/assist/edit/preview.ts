/**
 * The lines of an answer that are sure while it comes. A line is shown only if nothing that may follow changes it, so a
 * preview is always the beginning of the result, unless the answer is refused as a whole. Where an answer may still
 * become something else (a diff, old code before the new one, a whole function for a part of it), lines wait.
 */
import { startsAsPart } from './around.ts';
import { isMarkdown } from './code/languages.ts';
import { Lexer } from './code/lexer.ts';
import { isUnaskedTalk, kindOf } from './code/words.ts';
import { beginsExample } from './example.ts';
import { isAsideLabel, isOfLanguage, isOldLabel, labelOf } from './forms/blocks.ts';
import { hasOddCharacters } from './forms/characters.ts';
import { hasEntities } from './forms/entities.ts';
import { isHead } from './forms/fileFrame.ts';
import { isLazy } from './forms/lazy.ts';
import { mayBeNumbered } from './forms/numbered.ts';
import { isPathLine, isSearchMark } from './forms/searchReplace.ts';
import { opensTag } from './forms/wrapped.ts';
import { bordersOf } from './hunks.ts';
import { expectedIndent } from './indentation.ts';
import { closesBlock, documentUnit, opensDeeper } from './levels.ts';
import { isLabelLine, isLanguageLine, isPathComment } from './place.ts';
import type { Block } from './segments.ts';
import { filled, indentOf, isBlank, keyOf, type Window } from './window.ts';

/** Lines of text before a block beyond which it may be part of a thought. */
const MAX_INTRODUCTION = 6;

/** Shows the lines of one block. */
export class BlockPreview {
  /** The lines that are sure; it grows. */
  readonly lines: string[] = [];
  readonly #window: Window;
  readonly #unit: string;
  readonly #wanted: string;
  readonly #firstOriginal: string | undefined;
  readonly #before: ReadonlySet<string>;
  readonly #after: readonly string[];
  readonly #borders: readonly number[];
  #last: string | undefined;
  #isUnitKnown = false;
  /** True if a line was deeper behind none that opens a block: a line that closes one may then close two levels. */
  #isLoose = false;
  /** Tells if the lines cannot be a part of the file before the original ones. */
  #hasStarted = false;
  readonly #lexer: Lexer;
  #isFrozen: boolean;
  /** Lines that may still be left out: empty ones, and those that the document has behind the original ones. */
  #held: string[] = [];
  #matched = 0;
  /** Lines so far that are the original ones. */
  #same = 0;
  #isSame = true;
  #hasBegun = false;
  #leading = 0;

  constructor(block: Block, label: string, introduction: number, window: Window) {
    this.#window = window;
    this.#lexer = new Lexer(window.language);
    this.#unit = documentUnit(window);
    this.#firstOriginal = window.original.find((line) => !isBlank(line));
    this.#wanted = window.isInsertion ? expectedIndent(window).indent : indentOf(this.#firstOriginal ?? '');
    this.#before = new Set(filled(window.before).keys);
    this.#after = filled(window.after).keys;
    this.#borders = bordersOf(this.#after);
    const isPlain =
      isOfLanguage(block, window.language) &&
      block.opening.info.toLowerCase() !== 'diff' &&
      block.opening.info.toLowerCase() !== 'patch';
    const isText = window.language.kind === 'prose' && block.named !== window.language;
    this.#isFrozen =
      !isPlain ||
      isText ||
      block.isOneLine ||
      introduction > MAX_INTRODUCTION ||
      isOldLabel(labelOf(label)) ||
      isAsideLabel(labelOf(label)) ||
      (isMarkdown(window.language) && block.opening.length === 3 && window.original.some(isFenceLike));
  }

  /** Shows no more, because the end of the block is not clear. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Reads the next line of the block. */
  take(line: string): void {
    if (this.#isFrozen) return;
    if (isBlank(line)) {
      this.#takeBlank(line);
      return;
    }
    if (!this.#hasBegun && !this.#begins(line)) {
      this.#isFrozen = true;
      return;
    }
    this.#hasBegun = true;
    if (this.#isUnclear(line)) this.#isFrozen = true;
    else this.#hold(line);
  }

  #takeBlank(line: string): void {
    if (this.#hasBegun) this.#held.push(line);
    else this.#leading++;
  }

  /** Tells if the first line with text says that the block replaces the original lines one for one. */
  #begins(line: string): boolean {
    const window = this.#window;
    if (indentOf(line) !== this.#wanted || this.#leading > 0) return false;
    if (window.original.some(isBlank) && isBlank(window.original[0] ?? 'x') && !window.isInsertion)
      return false;
    const isOwn = this.#firstOriginal !== undefined && keyOf(this.#firstOriginal) === keyOf(line);
    // A line from elsewhere in the document may be the context of a diff, or the start of a whole function.
    if (window.knows(line) && !(isOwn && window.isUnique(line))) return false;
    if (isPathLine(line) || isLanguageLine(line, window) || isLabelLine(line, window)) return false;
    return (
      !isHead(line, window) &&
      !mayBeNumbered(line) &&
      !hasOddCharacters(line) &&
      !opensTag(line) &&
      !isUnaskedTalk(line, window) &&
      !isPathComment(line, window) &&
      !/^\s*[[{]/.test(line)
    );
  }

  /** Tells if a line may be read in another way once more has come. */
  #isUnclear(line: string): boolean {
    const window = this.#window;
    const isMarked = /^[-+@*\\]/.test(line) && window.language.hasListMarks !== true;
    if (isMarked || line.startsWith('+') || /^(?:@@|diff |---? |\+\+\+ |\*\*\* )/.test(line)) return true;
    if (/^[-+]/.test(line) && window.replaces(line.slice(1))) return true;
    if (
      mayBeNumbered(line) ||
      isLabelLine(line, window) ||
      this.#isProse(line) ||
      beginsExample(line, window) ||
      /^\s*[=<>|]{5,}/.test(line)
    )
      return true;
    if (
      isSearchMark(line) ||
      hasEntities(line) ||
      hasOddCharacters(line) ||
      isLazy(line, window) ||
      /\{\s*(?:\/\*)?\s*(?:\.\.\.|…)/.test(line)
    )
      return true;
    if (/```|~~~|<\||<｜|<\/s>|<end_of_turn>|<eos>|<turn\||\[EOS\]|<\/?\w+>\s*$/.test(line))
      return !window.knows(line);
    return this.#isNewIndent(line);
  }

  /** Tells if a line may be what the model says behind a block that it forgot to close. */
  #isProse(line: string): boolean {
    const { language } = this.#window;
    if (language.kind !== 'code') return false;
    const isProse =
      this.#lexer.inside === undefined && kindOf(line, language) === 'prose' && !this.#window.knows(line);
    if (!isProse) this.#lexer.take(line);
    return isProse;
  }

  /**
   * Tells if white space may be of another unit than the document's. The first step into a block or out of it tells the
   * unit of all lines, so until then only lines at the base are sure.
   */
  #isNewIndent(line: string): boolean {
    const indent = indentOf(line);
    const before = this.#last;
    this.#last = line;
    if (this.#unit === '\t') return !/^\t*$/.test(indent);
    if (indent.includes('\t')) return true;
    const step = before === undefined ? 0 : indent.length - indentOf(before).length;
    const tells = step > 0 ? opensDeeper(before ?? '') : step < 0 && closesBlock(line) && !this.#isLoose;
    if (step > 0 && !tells) this.#isLoose = true;
    if (tells && Math.abs(step) === this.#unit.length) this.#isUnitKnown = true;
    return !this.#isUnitKnown && indent !== this.#wanted;
  }

  /** Keeps a line until it is neither the beginning of what follows the original lines nor still the same as those. */
  #hold(line: string): void {
    this.#held.push(line);
    const key = keyOf(line);
    while (this.#matched > 0 && this.#after[this.#matched] !== key) {
      this.#matched = this.#borders[this.#matched - 1] ?? 0;
    }
    if (this.#after[this.#matched] === key) this.#matched++;
    if (this.#matched > 0 && this.#matched === this.#after.length) {
      this.#isFrozen = true;
      return;
    }
    this.#compare(line);
    const isFirst = this.lines.length + this.#held.length === 1;
    this.#hasStarted ||= this.#starts(line, isFirst);
    if (!this.#hasStarted && this.#before.has(key)) this.#isFrozen = true;
    if (!this.#isSame && this.#hasStarted) this.#release();
  }

  /** Tells if a line shows that the answer has nothing from before the original lines. */
  #starts(line: string, isFirst: boolean): boolean {
    if (isFirst) return startsAsPart([line], this.#window);
    return this.#window.replaces(line) && this.#window.isAnchor(line);
  }

  /** Compares with the original lines: old code is often shown before the new one. */
  #compare(line: string): void {
    if (!this.#isSame) return;
    const { original } = this.#window;
    while (this.#same < original.length && isBlank(original[this.#same] ?? '')) this.#same++;
    const own = original[this.#same];
    if (own !== undefined && keyOf(own) === keyOf(line)) this.#same++;
    else this.#isSame = false;
  }

  /** Shows what is held, but for the lines that may be those behind the original ones. */
  #release(): void {
    let left = this.#matched;
    let end = this.#held.length;
    while (left > 0 && end > 0) {
      end--;
      if (!isBlank(this.#held[end] ?? '')) left--;
    }
    // Empty lines before them may go with them.
    while (this.#matched > 0 && end > 0 && isBlank(this.#held[end - 1] ?? 'x')) end--;
    for (let index = 0; index < end; index++) this.lines.push(this.#held[index] ?? '');
    if (end > 0) this.#held = this.#held.slice(end);
  }
}

function isFenceLike(line: string): boolean {
  return /^\s*(?:`{3,}|~{3,})/.test(line);
}
