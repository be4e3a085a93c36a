/** Tells levels of indentation by the steps between lines: what a level is in an answer, and in the document. */
import type { Language } from './code/languages.ts';
import { insides } from './code/lexer.ts';
import { indentOf, isBlank, type Window } from './window.ts';

/** Ends of lines behind which a block is indented by one level. */
const OPENS = /(?:[{[:]|=>|->|\b(?:do|then|begin|else|try))\s*$/;
/** Beginnings of lines behind which a block is indented, in languages with `end` and in tags. */
const OPENS_LINE =
  /^\s*(?:(?:def|class|module|if|unless|while|until|case|begin|for)\b[^{}();]*|<[A-Za-z][^<>]*[^/<>]>\s*)$/;
const CLOSES = /^\s*(?:[)\]}]|end\b|<\/)/;
/** Spaces beyond which a step is an alignment. */
const MAX_WIDTH = 8;
/** Lines before and behind the original ones that are looked at for levels. */
const MAX_AROUND = 400;

/** Tells if a line ends with what opens a block. */
export function endsOpen(line: string): boolean {
  return OPENS.test(line);
}

/** Tells if the line behind this one is deeper by one level. */
export function opensDeeper(line: string): boolean {
  return OPENS.test(line) || OPENS_LINE.test(line);
}

/** Tells if a line closes a block, and so is less deep by one level than the one before. */
export function closesBlock(line: string): boolean {
  return CLOSES.test(line);
}

/** A level as the steps between lines tell it, in spaces. */
export interface Unit {
  readonly width: number;
  /** Where it was seen: behind a line that opens a block, at one that closes some, or anywhere. */
  readonly from: 'opening' | 'closing' | 'step';
}

/** The spaces of a level in an answer: the first step behind a line that opens a block or to one that closes it, or else any. */
export function unitOf(lines: readonly string[]): Unit | undefined {
  let before: string | undefined;
  let level = 0;
  let loose: number | undefined;
  for (const line of lines) {
    if (isBlank(line)) continue;
    const indent = indentOf(line);
    if (indent.includes('\t')) return undefined;
    const step = indent.length - indentOf(before ?? line).length;
    if (before !== undefined && step > 1 && step <= MAX_WIDTH && opensDeeper(before))
      return { width: step, from: 'opening' };
    // Lines that go on, or stand behind a condition without brackets, are no level of their own.
    const isLoose = before !== undefined && indent.length > level;
    if (isLoose) loose ??= indent.length - level;
    else if (
      before !== undefined &&
      level - indent.length > 1 &&
      level - indent.length <= MAX_WIDTH &&
      closesBlock(line)
    )
      return { width: level - indent.length, from: 'closing' };
    else level = indent.length;
    before = line;
  }
  return loose === undefined || loose < 2 ? undefined : { width: loose, from: 'step' };
}

/** Counts the steps behind lines of code that open a block. The smallest of several that are as frequent is the unit. */
function votedUnit(lines: readonly string[], language: Language): number | undefined {
  const within = insides(lines, language);
  const votes = new Map<number, number>();
  let before: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (isBlank(line) || within[index] !== undefined) continue;
    const step = before === undefined ? 0 : indentOf(line).length - indentOf(before).length;
    if (step > 1 && step <= MAX_WIDTH && before !== undefined && opensDeeper(before))
      votes.set(step, (votes.get(step) ?? 0) + 1);
    before = line;
  }
  const [best] = [...votes].sort(([one, times], [other, more]) => more - times || one - other);
  return best?.[0];
}

/** Tells if more lines of code begin with tabs than with spaces. Undefined if none is indented. */
function usesTabs(lines: readonly string[], language: Language): boolean | undefined {
  const within = insides(lines, language);
  let balance = 0;
  let isIndented = false;
  for (const [index, line] of lines.entries()) {
    if (isBlank(line) || within[index] !== undefined || !/^(?:\t| {2})/.test(line)) continue;
    isIndented = true;
    balance += line.startsWith('\t') ? 1 : -1;
  }
  return isIndented ? balance > 0 : undefined;
}

/** The units of the original lines and of those around, as far as they tell, the best one first. At least one. */
export function documentUnits(window: Window): readonly string[] {
  const { original, before, after, language, indentation } = window;
  const around = [before.slice(-MAX_AROUND), after.slice(0, MAX_AROUND)];
  const lists = [original, ...around];
  const isTabbed = lists.map((list) => usesTabs(list, language)).find((uses) => uses !== undefined);
  if (isTabbed === true) return ['\t'];
  const voted = [
    votedUnit(original, language),
    votedUnit([...(around[0] ?? []), '', ...(around[1] ?? [])], language),
  ];
  const units = voted.flatMap((width) => (width === undefined ? [] : [' '.repeat(width)]));
  if (units.length > 0) return indentation === '\t' ? units : [...units, indentation];
  const isSpaced = window.lines.some((line) => !isBlank(line) && /^ {2}/.test(line));
  if (indentation === '\t') return [isSpaced && !language.names.includes('makefile') ? '    ' : '\t'];
  // Without a block, a bracket that closes one tells if the settings cannot be right.
  const closing = lists.map(unitOf).find((own) => own?.from === 'closing')?.width;
  return [closing === undefined || closing % indentation.length === 0 ? indentation : ' '.repeat(closing)];
}

/** The unit of the document: that of its lines, or else the one that its settings say. */
export function documentUnit(window: Window): string {
  return documentUnits(window)[0] ?? window.indentation;
}
