/**
 * Lines that stand for others: `// ... existing code ...`. They are read if the lines beside them stand in the document,
 * each in one place, so that what is between them is known; otherwise the answer is refused.
 */
import { REASONS, Refused, refuse } from '../result.ts';
import { isTelling, keyOf, type Window } from '../window.ts';

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
  const body = COMMENT.exec(text)?.[1];
  if (body === undefined)
    return /^(?:\.{3,}|…|\[(?:\.{3,}|…).*\]|\((?:\.{3,}|…).*\))$/.test(text) || isBareWords(text);
  return DOTTED.test(body) || STRONG.test(body);
}

/** `... existing code ...` without a comment's mark. */
function isBareWords(text: string): boolean {
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
    for (let index = start; index < to; index++) result.push(document[index] ?? '');
  }
  for (let index = done; index < lines.length; index++) result.push(lines[index] ?? '');
  return result;
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
  const place = placeOf(line);
  // A closing bracket alone says nothing, unless it is the last line of both.
  const isLast = step === 1 && index === lines.length - 1 && place === window.original.length - 1;
  if (place < 0 || !(isTelling(line) || isLast)) refuse(REASONS.lazy());
  return place;
}
