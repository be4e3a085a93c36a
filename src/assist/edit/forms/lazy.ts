/**
 * Lines that stand for others: `// ... existing code ...`. They are read if the lines beside them stand in the document,
 * each in one place, so that what is between them is known; otherwise the answer is refused.
 */

import { isCommentLine, isVersion } from '../code/words.ts';
import type { Echo } from '../indentation.ts';
import { closesBlock } from '../levels.ts';
import { REASONS, Refused, refuse } from '../result.ts';
import { indentOf, isBlank, isTelling, keyOf, type Window } from '../window.ts';
import { soundsLeftOut } from '../wording/leftOut.ts';

const COMMENT =
  /^(?:\/\/+|#+|--+|\/\*+|<!--|\{\/\*|%+|;+|'|"""|REM\b|\(\*)\s*(.*?)\s*(?:\*\/\}?|-->|\*\)|""")?$/;
const WORDS =
  'rest|remaining|remainder|existing|unchanged|same|previous|other|others|original|omitted|your|the|of|code|codes|function|functions|method|methods|class|file|lines?|implementation|logic|body|here|remains?|remaining|stays?|as|before|above|below|is|are|and|so|on|continue[sd]?|with|this|that|for|brevity|keep|everything|else|imports?|properties|property|props|fields?|entries|keys|values|items|options|settings|attributes|elements|rules|styles|steps|cases|tests|routes|members|statements|dependencies|scripts|content|contents|more|no|changes?|not|shown|etc';
const DOTTED = new RegExp(
  `^(?:\\(|\\[)?(?:\\.{3,}|…)\\s*(?:\\(?(?:${WORDS})\\b[\\s,:)]*)*(?:\\.{3,}|…)?(?:\\)|\\])?$|^(?:\\(|\\[)?(?:(?:${WORDS})\\b[\\s,:]*)+\\)?\\s*(?:\\.{3,}|…)(?:\\)|\\])?$`,
  'i',
);
const STRONG =
  /^\(?(?:(?:the )?(?:rest|remainder) (?:of|is|remains|stays|unchanged)\b.*|(?:the )?(?:existing|remaining|unchanged|original|previous|other|same) (?:code|lines?|implementation|logic|methods?|functions?|body|content|imports?|properties|fields|tests?)(?: here| unchanged| above| below| goes here| remains.*| stays.*| as before)?|(?:code |everything (?:else )?|all other .* )?(?:remains?|stays?|is) (?:the same|unchanged)|same as (?:before|above)|no changes?(?: here)?|unchanged|(?:your |existing )code (?:goes )?here)\)?[.:]?$/i;
/** Code that is left out within a line: `{ ... }`. */
const INLINE =
  /\{\s*(?:\/\*\s*)?(?:\.\.\.|…)(?:\s*\*\/)?\s*\}|\{\s*\/\*\s*(?:existing|unchanged|same|\.\.\.)[^*]*\*\/\s*\}/;

/** Tells if a line stands for others that it leaves out. */
export function isLazy(line: string, window: Window): boolean {
  const text = line.trim();
  if (text === '' || text.length > 200 || window.knows(line)) return false;
  // An empty body in Python.
  if (text === '...' && window.language.names.includes('python') && window.contains('...')) return false;
  const body = bodyOf(text);
  if (body === undefined)
    return /^(?:\.{3,}|…|\[(?:\.{3,}|…).*\]|\((?:\.{3,}|…).*\))$/.test(text) || isBareWords(text);
  return DOTTED.test(body) || STRONG.test(body) || (isDotted(line) && soundsLeftOut(body) === 'clearly');
}

function bodyOf(line: string): string | undefined {
  return COMMENT.exec(line.trim())?.[1];
}

/** Tells if a line that stands for others says so by dots. */
function isDotted(line: string): boolean {
  return /\.{3}|…/.test(bodyOf(line) ?? line);
}

/** `... existing code ...` without a comment's mark. */
function isBareWords(text: string): boolean {
  // A spread of values on a line of its own.
  if (/^\.{3}[\p{L}_$][\p{L}\p{N}_$]*,?$/u.test(text)) return false;
  return /^(?:\.{3}|…)\s*\S/.test(text) && DOTTED.test(text) && /[a-z]/i.test(text);
}

function hasInline(line: string, window: Window): boolean {
  return INLINE.test(line) && !window.knows(line) && !window.lines.some((known) => INLINE.test(known));
}

/** The only place of a telling line in the document, -1 if it has none or several. */
function placesIn(lines: readonly string[]): (line: string) => number {
  const places = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    const key = keyOf(line);
    places.set(key, places.has(key) ? -1 : index);
  }
  return (line) => places.get(keyOf(line)) ?? -1;
}

/**
 * Puts the document's lines in place of those that stand for them.
 * @throws Refused if it is not clear which ones they are.
 */
export function withoutLazyLines(lines: readonly string[], window: Window): readonly string[] {
  if (lines.some((line) => hasInline(line, window))) refuse(REASONS.lazy());
  const marks = lines.flatMap((line, index) => (isLazy(line, window) ? [index] : []));
  if (marks.length === 0) return lines;
  // The lines around are only compared if the answer has some of them.
  const document = window.original;
  const placeOf = placesIn(document);
  const result: string[] = [];
  let done = 0;
  for (const mark of marks) {
    for (let index = done; index < mark; index++) result.push(lines[index] ?? '');
    done = mark + 1;
    const from = edge(lines, mark, -1, placeOf, window);
    const to = edge(lines, mark, 1, placeOf, window) ?? document.length;
    if (from === undefined && mark > 0 && lines.slice(0, mark).some((line) => line.trim() !== ''))
      throw new Refused(REASONS.lazy());
    const start = (from ?? -1) + 1;
    if (start > to) refuse(REASONS.lazy());
    const kept = document.slice(start, to);
    // A comment about the rest of something, in place of another comment or of nothing.
    const isComment =
      !isDotted(lines[mark] ?? '') &&
      kept.every((line) => isBlank(line) || isCommentLine(line, window.language));
    if (isComment && from !== undefined) result.push(lines[mark] ?? '');
    else result.push(...kept);
  }
  for (let index = done; index < lines.length; index++) result.push(lines[index] ?? '');
  return result;
}

/**
 * Leaves out two marks around new lines that stand for what is around the original ones: the first and the last of the
 * lines between them are those of the original, or versions of those.
 */
export function withoutOuterMarks(lines: readonly string[], window: Window): readonly string[] {
  const isMark = (line: string): boolean => isLazy(line, window);
  const first = lines.findIndex((line) => !isBlank(line));
  const last = lines.findLastIndex((line) => !isBlank(line));
  const inner = lines.slice(first + 1, last);
  if (last - first < 2 || !isMark(lines[first] ?? '') || !isMark(lines[last] ?? '') || inner.some(isMark))
    return lines;
  if (window.isInsertion) return inner;
  const own = window.original.filter((line) => !isBlank(line));
  const fresh = inner.filter((line) => !isBlank(line));
  const isEdge = (at: 0 | -1): boolean => {
    const [line, known] = [fresh.at(at) ?? '', own.at(at) ?? ''];
    // A closing bracket is that of the original lines if nothing else is.
    if (keyOf(line) === keyOf(known)) return isTelling(line) || fresh.length === own.length;
    const others = at === 0 ? own.slice(1) : own.slice(0, -1);
    return isVersion(line, known) && !others.some((other) => isVersion(line, other));
  };
  return isEdge(0) && isEdge(-1) ? inner : lines;
}

/**
 * Tells how lines that begin with a mark are indented, by the first of them that stands in the document: the white space
 * before a mark says nothing.
 */
export function echoBehindMark(lines: readonly string[], window: Window): Echo | undefined {
  const first = lines.find((line) => !isBlank(line));
  if (first === undefined || !isLazy(first, window)) return undefined;
  const placeOf = placesIn(window.original);
  const anchor = lines.find((line) => isTelling(line) && placeOf(line) >= 0);
  if (anchor === undefined) return undefined;
  return { side: 'before', from: indentOf(anchor), to: indentOf(window.original[placeOf(anchor)] ?? '') };
}

/** Gives marks the white space of the lines below them, so that they do not tell how those are indented. */
export function withMarksBeside(lines: readonly string[], window: Window): readonly string[] {
  return lines.map((line, index) => {
    if (!isLazy(line, window)) return line;
    const next =
      lines.slice(index + 1).find((one) => !isBlank(one)) ??
      lines.slice(0, index).findLast((one) => !isBlank(one));
    return indentOf(next ?? line) + line.trim();
  });
}

/**
 * The document's place of the line beside a mark. Undefined if there is none, which is right only at the edge.
 * @throws Refused if there is a line, and its place is not clear.
 */
function edge(
  lines: readonly string[],
  mark: number,
  step: -1 | 1,
  placeOf: (line: string) => number,
  window: Window,
): number | undefined {
  let index = mark + step;
  while (index >= 0 && index < lines.length && (lines[index] ?? '').trim() === '') index += step;
  const line = lines[index];
  if (line === undefined) return undefined;
  if (isLazy(line, window)) refuse(REASONS.lazy());
  const end = endOfBlock(lines, index, placeOf, window);
  if (end !== undefined) return end;
  const place = placeBeside(lines, index, step, placeOf, window);
  // A closing bracket alone says nothing, unless it is the last line of both.
  const isLast = step === 1 && index === lines.length - 1 && place === window.original.length - 1;
  if (place < 0 || !(isTelling(line) || isLast)) refuse(REASONS.lazy());
  return place;
}

/** The document's place of a line that closes a block, by the line that opens it. */
function endOfBlock(
  lines: readonly string[],
  index: number,
  placeOf: (line: string) => number,
  { original }: Window,
): number | undefined {
  const line = lines[index] ?? '';
  if (!closesBlock(line)) return undefined;
  const opening = lines.slice(0, index).findLast((one) => !isBlank(one) && indentOf(one) === indentOf(line));
  const start = opening === undefined || !isTelling(opening) ? -1 : placeOf(opening);
  if (start < 0) return undefined;
  const isBase = (one: string): boolean => !isBlank(one) && indentOf(one).length <= indentOf(line).length;
  const end = original.findIndex((one, at) => at > start && isBase(one));
  return end >= 0 && original[end] === line ? end : undefined;
}

/** The document's place of a line; a changed one is told by the unchanged one behind it. */
function placeBeside(
  lines: readonly string[],
  index: number,
  step: -1 | 1,
  placeOf: (line: string) => number,
  { original }: Window,
): number {
  const line = lines[index] ?? '';
  const own = placeOf(line);
  const next = lines[index + step] ?? '';
  const place = own < 0 && isTelling(next) ? placeOf(next) - step : own;
  return own < 0 && !isVersion(line, original[place] ?? '') ? -1 : place;
}
