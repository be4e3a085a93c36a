/**
 * Diffs: unified ones with or without headers, line numbers and right counts, patches of `apply_patch`, and lines with
 * `-` and `+` among others that models copy without the space before them. A change is found by its lines, never by the
 * numbers in its header, which models get wrong.
 */
import type { Hunk, Step } from '../hunks.ts';
import type { Window } from '../window.ts';

/** The changes of one file. */
export interface FileDiff {
  /** The new name, or the old one of a deleted file. Undefined if there is no header. */
  readonly path: string | undefined;
  readonly isNew: boolean;
  readonly isDeleted: boolean;
  readonly hunks: readonly Hunk[];
}

const META =
  /^(?:diff --git |index [0-9a-f]+|(?:new|deleted) file mode|old mode|new mode|similarity index|rename (?:from|to) |\\ No newline|\*\*\* (?:Begin Patch|End Patch|End of File))/;
const PATCH_FILE = /^\*\*\* (Update|Add|Delete) File: (.+)$/;

function pathOf(text: string): string | undefined {
  const path = text.replace(/\t.*$/, '').trim();
  return path === '/dev/null' || path === '' ? undefined : path.replace(/^[ab]\//, '');
}

/** Tells if the text of an info string promises a diff. */
export function isDiffInfo(word: string): boolean {
  return word === 'diff' || word === 'patch' || word === 'udiff';
}

function isHeader(lines: readonly string[], index: number): boolean {
  return (lines[index] ?? '').startsWith('--- ') && (lines[index + 1] ?? '').startsWith('+++ ');
}

/** Tells if lines have the headers of a diff. */
export function hasDiffHeaders(lines: readonly string[]): boolean {
  return lines.some(
    (line, index) =>
      /^@@ .*@@/.test(line) ||
      line.startsWith('*** Begin Patch') ||
      PATCH_FILE.test(line) ||
      isHeader(lines, index),
  );
}

const PLACE = /^\d+(?:,\d+)?[acd]\d+(?:,\d+)?$/;

/** Writes the output of `diff` without options, with `<` and `>`, as a unified diff. Returns undefined for other lines. */
export function fromArrows(lines: readonly string[]): readonly string[] | undefined {
  const start = lines.findIndex((line) => PLACE.test(line));
  if (start < 0 || !/^[<>]/.test(lines[start + 1] ?? '')) return undefined;
  const changes = lines.slice(start, lines.findLastIndex((line) => /^[<>]/.test(line)) + 1);
  return changes.flatMap((line) => {
    if (PLACE.test(line)) return ['@@'];
    const sign = line.startsWith('<') ? '-' : '+';
    return /^[<>]/.test(line) ? [sign + line.slice(1).replace(/^ /, '')] : [];
  });
}

/** Tells if lines without headers are a diff. `suspicious` ones have signs of one, and cannot be told. */
export function kindOfChange(lines: readonly string[], window: Window): 'diff' | 'plain' | 'suspicious' {
  const { language } = window;
  const isMarked = (line: string): boolean => /^[-+]/.test(line) && !/^(?:--|\+\+)/.test(line);
  const marked = lines.filter(isMarked);
  if (marked.length === 0) return 'plain';
  const isOwn = (text: string): boolean =>
    language.hasListMarks === true ? window.original.includes(text) : window.replaces(text);
  const removed = marked.filter((line) => line.startsWith('-'));
  const added = marked.length - removed.length;
  const others = lines.filter((line) => !/^[-+]/.test(line) && line.trim() !== '');
  const fits = others.every((line) => window.knows(line));
  if (
    removed.some((line) => line.trim() !== '-') &&
    removed.every((line) => line === '-' || isOwn(line.slice(1)))
  )
    if (added > 0 || fits) return 'diff';
  if (removed.length === 0 && language.hasListMarks !== true && fits)
    if (others.length > 0 || window.isInsertion) return 'diff';
  if (language.hasListMarks === true || window.lines.some(isMarked)) return 'plain';
  return 'suspicious';
}

/** Parses a diff. @param isKnown tells if a line stands in the document exactly so. */
export function parseDiff(lines: readonly string[], isKnown: (line: string) => boolean): readonly FileDiff[] {
  const files: { path: string | undefined; isNew: boolean; isDeleted: boolean; hunks: Step[][] }[] = [];
  let hunk: Step[] | undefined;
  const file = (path: string | undefined, isNew = false, isDeleted = false): void => {
    files.push({ path, isNew, isDeleted, hunks: [] });
    hunk = undefined;
  };
  const step = (next: Step): void => {
    if (files.length === 0) file(undefined);
    if (hunk === undefined) {
      hunk = [];
      files.at(-1)?.hunks.push(hunk);
    }
    hunk.push(next);
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const [, verb, patched] = PATCH_FILE.exec(line) ?? [];
    if (verb !== undefined && patched !== undefined) file(pathOf(patched), verb === 'Add', verb === 'Delete');
    else if (isHeader(lines, index)) {
      const old = pathOf(line.slice(4));
      const fresh = pathOf((lines[index + 1] ?? '').slice(4));
      file(fresh ?? old, old === undefined, fresh === undefined);
      index++;
    } else if (META.test(line)) hunk = undefined;
    else if (/^@@/.test(line) || (/^\s*(?:\.\.\.|…)\s*$/.test(line) && !isKnown(line))) hunk = undefined;
    else step(stepOf(line, isKnown));
  }
  return files.map((one) => ({ ...one, hunks: one.hunks.map(withoutEdges).filter(changes) }));
}

function stepOf(line: string, isKnown: (line: string) => boolean): Step {
  if (line.startsWith('+')) return { op: '+', text: line.slice(1) };
  // A comment of SQL or Lua that stays.
  const isComment = line.startsWith('--') && isKnown(line) && !isKnown(line.slice(1));
  if (line.startsWith('-') && !isComment) return { op: '-', text: line.slice(1) };
  // Models leave out the space before lines that stay.
  const isLoose = !line.startsWith(' ') || (isKnown(line) && !isKnown(line.slice(1)));
  return { op: ' ', text: isLoose ? line : line.slice(1) };
}

function changes(hunk: Hunk): boolean {
  return hunk.some(({ op }) => op !== ' ');
}

/** Removes empty lines that stay at the start and the end: they are often only the form of the answer. */
function withoutEdges(hunk: readonly Step[]): Hunk {
  const isEdge = ({ op, text }: Step): boolean => op === ' ' && text.trim() === '';
  let from = 0;
  let to = hunk.length;
  while (from < to && isEdge(hunk[from] ?? { op: '+', text: '' })) from++;
  while (to > from && isEdge(hunk[to - 1] ?? { op: '+', text: '' })) to--;
  return hunk.slice(from, to);
}
