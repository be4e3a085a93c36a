/**
 * Gives lines of an answer the document's indentation: its base, its unit, tabs or spaces. Only white space at the start
 * of lines changes, the same way for all lines, and never that of lines within strings. Where several ways are possible
 * and indentation has a meaning, the answer is refused.
 */
import type { Language } from './code/languages.ts';
import { balanceOf, insides } from './code/lexer.ts';
import { isCommentLine } from './code/words.ts';
import { closesBlock, documentUnit, documentUnits, endsOpen, unitOf } from './levels.ts';
import { REASONS, refuse } from './result.ts';
import { indentOf, isBlank, isFilled, keyOf, type Window } from './window.ts';

/** The part of the known lines that are indented as in the document if the answer has its indentation. */
const MOST = 0.9;
/** Columns of a tab where spaces are compared with tabs and nothing else tells. */
const TAB = 4;

/** The way from an answer's indentation to the document's. */
export class Reindent {
  readonly #from: string;
  readonly #to: string;
  /** Spaces of a level in the answer. Undefined if its lines do not tell. */
  readonly #unit: number | undefined;
  readonly #target: string;
  readonly #scales: boolean;

  private constructor(from: string, to: string, unit: number | undefined, target: string, scales: boolean) {
    this.#from = from;
    this.#to = to;
    this.#unit = unit;
    this.#target = target;
    this.#scales = scales;
  }

  /**
   * Maps one indentation to another, and deeper ones accordingly.
   * @param lines those that will be mapped, which tell their unit.
   * @param isOwn if their levels are known to be those of the document.
   */
  static of(
    from: string,
    to: string,
    lines: readonly string[],
    target: string,
    language: Language,
    isOwn = false,
  ): Reindent {
    const isFixed = language.kind === 'prose';
    const own = unitOf(lines);
    const tabs = /^\t+$/.test(to) ? to.length : 0;
    const unit = own?.width ?? (tabs > 0 && /^ +$/.test(from) ? from.length / tabs : undefined);
    const scales =
      !isFixed &&
      !isOwn &&
      own !== undefined &&
      own.from !== 'step' &&
      target !== '\t' &&
      own.width !== target.length &&
      !isData(language) &&
      isRegular(lines, from, own.width);
    return new Reindent(from, to, unit, isFixed ? '' : target, scales);
  }

  /** Tells if a line stays as it is. */
  keeps(line: string): boolean {
    return this.line(line) === line;
  }

  /** Maps a line. */
  line(line: string): string {
    const indent = indentOf(line);
    const text = line.slice(indent.length);
    if (text === '') return this.#from === this.#to ? line : '';
    // The same base and the same levels.
    if (this.#from === this.#to && !this.#scales && this.#target !== '\t' && !indent.includes('\t'))
      return line;
    if (indent.startsWith(this.#from)) return this.#to + this.#deeper(indent.slice(this.#from.length)) + text;
    return this.#shallower(indent) + text;
  }

  /** Maps the white space behind the base. */
  #deeper(rest: string): string {
    if (this.#target === '' || rest === '') return rest;
    const tabs = /^\t*/.exec(rest)?.[0].length ?? 0;
    const spaces = rest.slice(tabs).replace(/\t/g, ' '.repeat(TAB)).length;
    if (this.#target === '\t') {
      const unit = this.#unit ?? TAB;
      // Spaces behind tabs align, and do not indent.
      if (tabs > 0) return rest;
      return '\t'.repeat(Math.floor(spaces / unit)) + ' '.repeat(spaces % unit);
    }
    if (!this.#scales || tabs > 0) return this.#target.repeat(tabs) + ' '.repeat(spaces);
    const unit = this.#unit ?? this.#target.length;
    return this.#target.repeat(Math.floor(spaces / unit)) + ' '.repeat(spaces % unit);
  }

  /** Maps white space that has less than the base. */
  #shallower(indent: string): string {
    const target = this.#target === '' ? '    ' : this.#target;
    const unit = this.#unit ?? (target === '\t' ? TAB : target.length);
    const levels = (widthOf(this.#from, unit) - widthOf(indent, unit)) / unit;
    const width = target === '\t' ? 1 : this.#scales ? target.length : unit;
    const left = this.#to.length - Math.round(levels * width);
    return this.#to.slice(0, Math.max(0, left));
  }
}

/** Tells if no line is deeper by a part of a level: then that was none, but an alignment. */
function isRegular(lines: readonly string[], from: string, width: number): boolean {
  return lines.every((line) => {
    const step = indentOf(line).length - from.length;
    return isBlank(line) || step >= width || step % width === 0 || line.trimStart().startsWith('*');
  });
}

function isData(language: Language): boolean {
  return language.isOffside === true && language.kind === 'data';
}

function widthOf(indent: string, tab: number): number {
  let width = 0;
  for (const character of indent) width += character === '\t' ? tab : 1;
  return width;
}

/** The leading white space that all lines with text share. */
function commonIndent(lines: readonly string[]): string {
  let common: string | undefined;
  for (const line of lines) {
    if (isBlank(line)) continue;
    const own = indentOf(line);
    common ??= own;
    let length = 0;
    while (length < common.length && common[length] === own[length]) length++;
    common = common.slice(0, length);
  }
  return common ?? '';
}

/**
 * Tells if only the first line lost its indentation, as happens when a model writes it right behind the fence. If that
 * line opens a block, the next one must be indented more deeply; otherwise all lines lost their indentation.
 */
function lostInFirstLineOnly(lines: readonly string[], wanted: string): boolean {
  const [first, second, ...others] = lines.filter((line) => !isBlank(line));
  if (first === undefined || second === undefined || wanted === '' || indentOf(first) !== '') return false;
  if (!commonIndent([second, ...others]).startsWith(wanted)) return false;
  return !endsOpen(first) || indentOf(second).length > wanted.length;
}

/** The indentation that the first of new lines lost. Undefined if it lost none, or the others lost theirs as well. */
function lostIndent(lines: readonly string[], unit: string): string | undefined {
  const [first = '', second] = lines.filter((line) => !isBlank(line));
  if (second === undefined || indentOf(first) !== '') return undefined;
  const indent = indentOf(second);
  if (!endsOpen(first) || indent.length < 2 * unit.length || !indent.endsWith(unit)) return undefined;
  const lost = indent.slice(0, -unit.length);
  const others = lines.slice(lines.indexOf(first) + 1);
  return commonIndent(others).startsWith(lost) ? lost : undefined;
}

/**
 * The indentation that the first line lost where the last lines have none, such as the end of a function: those have the
 * document's, and code that does not close a block cannot stand at their column.
 */
function lostBesideOthers(lines: readonly string[], wanted: string, window: Window): string | undefined {
  const [first = '', second] = lines.filter((line) => !isBlank(line));
  const own = indentOf(window.original.find((line) => !isBlank(line)) ?? '');
  if (second === undefined || indentOf(first) !== '' || own === '' || closesBlock(first)) return undefined;
  if (wanted !== '' || commonIndent(lines) !== '') return undefined;
  const isDeeper = indentOf(second) === own && !endsOpen(first);
  if (isDeeper) return own;
  if (window.language.isOffside === true) return refuse(REASONS.indentation());
  return window.original.includes(lines.findLast((line) => !isBlank(line)) ?? '') ? own : undefined;
}

/** The indentation that only the first line lost. */
function lostBy(lines: readonly string[], window: Window): string | undefined {
  if (!window.isInsertion) {
    const wanted = commonIndent(window.original);
    if (lostInFirstLineOnly(lines, wanted)) return wanted;
    return lostBesideOthers(lines, wanted, window);
  }
  const { indent, isSure } = expectedIndent(window);
  if (isSure && lostInFirstLineOnly(lines, indent)) return indent;
  return lostIndent(lines, documentUnit(window));
}

/** The indentation that new lines should have at their place, and if there is no other. */
export function expectedIndent(window: Window): { readonly indent: string; readonly isSure: boolean } {
  const own = window.original.find((line) => line !== '' && isBlank(line));
  if (own !== undefined) return { indent: own, isSure: true };
  const unit = documentUnit(window);
  const before = window.before.findLast((line) => !isBlank(line));
  const after = window.after.find((line) => !isBlank(line));
  if (before !== undefined && opensBlock(before, window.language))
    return { indent: indentOf(before) + unit, isSure: true };
  if (after !== undefined && closesBlock(after) && before !== undefined)
    return { indent: indentOf(after) + unit, isSure: true };
  if (before !== undefined && after !== undefined && indentOf(before) === indentOf(after))
    return { indent: indentOf(before), isSure: true };
  return { indent: indentOf(before ?? after ?? ''), isSure: before === undefined };
}

function opensBlock(line: string, language: Language): boolean {
  if (language.kind === 'prose') return false;
  if (/[{([]\s*$/.test(line)) return true;
  if (language.isOffside === true && /:\s*(?:#.*)?$/.test(line)) return language.kind === 'code';
  return (
    language.kind === 'markup' && /^\s*<(?!\/|!|(?:br|hr|img|input|meta|link)\b)[^<>]*[^/]>\s*$/.test(line)
  );
}

/** A line of the document that the answer repeats before or after the new ones. */
export interface Echo {
  readonly side: 'before' | 'after';
  /** Its indentation in the answer. */
  readonly from: string;
  /** Its indentation in the document. */
  readonly to: string;
}

/** Lines of an answer, and what is known about their indentation. */
export interface Indented {
  readonly lines: readonly string[];
  /** A line of the document that the answer repeats beside them: its indentation there, and in the document. */
  readonly echo?: Echo | undefined;
}

/**
 * Gives the lines of an answer the document's indentation.
 * @throws Refused if it is not clear, and has a meaning.
 */
export function reindented(given: Indented, window: Window): readonly string[] {
  const { language } = window;
  const repeated = given.echo;
  const lines = unmixed(given.lines, window);
  const first = lines.find((line) => !isBlank(line));
  if (first === undefined) return lines;
  // The lines begin within a string: white space is text there.
  if (balanceOf(window.before, language).inside === 'string') return lines;
  if (given.echo === undefined && hasOwnIndent(lines, window)) return lines;
  const own = window.original.find((line) => !isBlank(line));
  const wanted = own === undefined ? expectedIndent(window).indent : indentOf(own);
  // The first line tells best, unless lines before it were repeated.
  const echo = repeated?.side === 'after' && indentOf(first) === wanted ? undefined : repeated;
  const lost = echo === undefined ? lostBy(lines, window) : undefined;
  if (lost !== undefined) {
    const at = lines.indexOf(first);
    return lines.map((line, index) => (index === at ? lost + line : line));
  }
  const way = echo === undefined ? wayOf(lines, first, window) : between(echo.from, echo.to, lines, window);
  if (lines.every((line) => way.keeps(line))) return lines;
  return mapped(lines, way, window);
}

/** Tells if the first line and most that are the document's are indented as there, at more than one level. */
function hasOwnIndent(lines: readonly string[], { original }: Window): boolean {
  const [first = '', ...others] = original.filter(isFilled);
  const goesOn = others.some((line) => indentOf(line).length < indentOf(first).length);
  const start = lines.find(isFilled) ?? '';
  const keys = new Set(original.map(keyOf));
  const own = new Set(original);
  if ((!goesOn && indentOf(start) !== indentOf(first)) || (keys.has(keyOf(start)) && !own.has(start)))
    return false;
  const known = lines.filter((line) => isFilled(line) && keys.has(keyOf(line)));
  // Lines that moved into a block or out of it are indented anew; of another unit, hardly any deeper line would be the same.
  const deeper = known.filter((line) => indentOf(line) !== '');
  const same = deeper.filter((line) => own.has(line)).length;
  return same >= deeper.length * MOST && new Set(known.map(indentOf)).size > 1;
}

/**
 * Writes the white space of lines that are indented by tabs among others that are indented by spaces as the document does.
 * @throws Refused if that is not clear.
 */
function unmixed(lines: readonly string[], window: Window): readonly string[] {
  const within = insides(lines, window.language);
  const isOf = (line: string, index: number, character: string): boolean =>
    within[index] !== 'string' && !isBlank(line) && line.startsWith(character);
  // A single space aligns, as that before the star of a comment.
  const isMixed = (character: string): boolean => lines.some((line, index) => isOf(line, index, character));
  if (!isMixed('\t') || !isMixed('  ') || window.language.kind === 'prose') return lines;
  const isOwn = (character: string): boolean =>
    window.lines.some((line) => !isBlank(line) && line.startsWith(character));
  if (isOwn('\t') && isOwn('  ')) {
    const isKnown = (line: string, index: number): boolean =>
      !isOf(line, index, '  ') || window.lines.includes(line);
    return lines.every(isKnown) ? lines : refuse(REASONS.indentation());
  }
  const unit = documentUnit(window);
  const change = (indent: string): string => {
    if (unit !== '\t') return indent.replaceAll('\t', unit);
    const spaces = /^ */.exec(indent)?.[0].length ?? 0;
    // Less than a tab aligns, as the star of a comment.
    if (spaces > 1 && spaces % TAB !== 0) refuse(REASONS.indentation());
    return '\t'.repeat(Math.floor(spaces / TAB)) + indent.slice(spaces - (spaces % TAB));
  };
  return lines.map((line, index) => {
    const indent = indentOf(line);
    return within[index] === 'string' ? line : change(indent) + line.slice(indent.length);
  });
}

function between(from: string, to: string, lines: readonly string[], window: Window): Reindent {
  const units = documentUnits(window);
  const own = unitOf(lines);
  // Lines of a level that the document has somewhere keep it; a bracket may close several levels.
  const isOwn = (unit: string): boolean =>
    unit !== '\t' &&
    (own?.width === unit.length || (own?.from === 'closing' && own.width % unit.length === 0 && from === to));
  const unit = units.find(isOwn) ?? units[0] ?? window.indentation;
  return Reindent.of(from, to, lines, unit, window.language, units.some(isOwn));
}

function wayOf(lines: readonly string[], first: string, window: Window): Reindent {
  if (window.isInsertion) return wayOfInsertion(lines, first, window);
  const own = indentOf(first);
  const wanted = indentOf(window.original.find((line) => !isBlank(line)) ?? '');
  if (own === wanted || standsBeside(own, window)) return between(own, own, lines, window);
  const common = commonIndent(lines);
  const all = commonIndent(window.original);
  if (common === all) return between(common, all, lines, window);
  const byFirst = between(own, wanted, lines, window);
  const byAll = between(common, all, lines, window);
  if (lines.every((line) => byFirst.line(line) === byAll.line(line))) return byFirst;
  const kept = (way: Reindent): number =>
    lines.filter((line) => !isBlank(line) && window.original.includes(way.line(line))).length;
  const difference = kept(byFirst) - kept(byAll);
  if (difference === 0 && window.language.isOffside === true) refuse(REASONS.indentation());
  return difference >= 0 ? byFirst : byAll;
}

/** Tells if white space is that of the lines around, where the original ones begin with a comment or directive at column 0. */
function standsBeside(indent: string, { original, before, after, language }: Window): boolean {
  const first = original.find((line) => !isBlank(line)) ?? '';
  if (indentOf(first) !== '' || !(first.startsWith('#') || isCommentLine(first, language))) return false;
  const beside = [before.findLast((line) => !isBlank(line)), after.find((line) => !isBlank(line))];
  return beside.some((line) => line !== undefined && indentOf(line) === indent);
}

const TOP_LEVEL = /^(?:def|class|async def|import|from|@|if __name__|#)/;

function wayOfInsertion(lines: readonly string[], first: string, window: Window): Reindent {
  const own = indentOf(first);
  const { indent, isSure } = expectedIndent(window);
  const unit = documentUnit(window);
  if (own === indent) return between(own, own, lines, window);
  if (own === '') {
    if (isSure) return between('', indent, lines, window);
    const isFree = window.language.isOffside !== true || window.language.kind !== 'code';
    if (isFree || window.language.names.includes('makefile')) return between('', '', lines, window);
    return between('', offsideIndent(first, window), lines, window);
  }
  const hasBlocks = window.language.kind !== 'prose' && !isData(window.language);
  if (isSure && hasBlocks && own.startsWith(indent)) return between(own, indent, lines, window);
  // Deeper or less deep than its neighbors, which may be meant; only tabs and spaces are the document's.
  const isTabbed = own.includes('\t');
  const step = unitOf(lines);
  const isOther =
    step !== undefined && step.from !== 'step' && step.width !== unit.length && own.length % step.width === 0;
  if (isTabbed === (unit === '\t') && !isOther) return between(own, own, lines, window);
  const width = step?.width ?? TAB;
  const levels = isTabbed ? own.length : Math.round(own.length / width);
  return between(own, unit.repeat(levels), lines, window);
}

/** The indentation of new lines of Python from column 0 whose place has several. */
function offsideIndent(first: string, window: Window): string {
  if (/^(?:async )?def \w+\((?:self|cls)\b/.test(first)) {
    const sibling = window.before.findLast((line) => /^\s+(?:async )?def \w+\((?:self|cls)\b/.test(line));
    if (sibling !== undefined) return indentOf(sibling);
  }
  if (TOP_LEVEL.test(first)) return '';
  return refuse(REASONS.indentation());
}

/** Maps all lines but those within strings, whose white space is text. */
function mapped(lines: readonly string[], way: Reindent, window: Window): readonly string[] {
  const within = insides(lines, window.language);
  // Of several lines that differ in white space alone, nothing tells which one is meant.
  const known = new Map<string, string | undefined>();
  for (const line of window.original) {
    const key = keyOf(line);
    known.set(key, known.has(key) && known.get(key) !== line ? undefined : line);
  }
  const isMake = window.language.names.includes('makefile');
  return lines.map((line, index) => {
    if (within[index] === 'string') {
      // Some models indent the text of strings anew with the code around.
      const own = known.get(keyOf(line));
      return own !== undefined && way.line(line) === own ? own : line;
    }
    if (isMake && lines[index - 1]?.endsWith('\\') === true) return line;
    return way.line(line);
  });
}
