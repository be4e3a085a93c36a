/**
 * Finds the part of an answer that replaces the original lines: models repeat lines around them, or answer with the
 * whole function or file. Lines of the answer that stand around the original ones in the document are left out; if the
 * answer changes such lines as well, it is refused, because only a part of it would be applied.
 */
import { declaredNames } from './code/declarations.ts';
import { balanceOf } from './code/lexer.ts';
import { isVersion, wordsShared } from './code/words.ts';
import { bordersOf, placesOf } from './hunks.ts';
import { type Echo, expectedIndent } from './indentation.ts';
import { REASONS, refuse } from './result.ts';
import { type Filled, filled, indentOf, isBlank, isTelling, keyOf, type Window } from './window.ts';
import { asksFor } from './wording/intent.ts';

/** The part of an answer that replaces the original lines. */
export interface Part {
  readonly lines: readonly string[];
  /** Lines with text before `lines` that were left out because the document has them there. */
  readonly head: number;
  /** The same behind `lines`. */
  readonly tail: number;
  /** True if the answer has more lines than the document's known ones. */
  readonly isBeyond: boolean;
  /** The indentation of a repeated line in the answer, and in the document. */
  readonly echo: Echo | undefined;
}

const END_OF_BLOCK = /^(?:[\])}]|<\/|(?:end|fi|done|esac|endif)\b)/;
/** Stands between two lists; no line has a line break. */
const SEPARATOR = '\n';

/** Every length of a list that is both the beginning of `list` and the end of `tail`, longest first. */
function overlaps(list: readonly string[], tail: readonly string[]): number[] {
  const borders = bordersOf([...list, SEPARATOR, ...tail.slice(-list.length)]);
  const lengths: number[] = [];
  for (let length = borders.at(-1) ?? 0; length > 0; length = borders[length - 1] ?? 0) lengths.push(length);
  return lengths;
}

/** Lines at the start and the end of an answer that may be repeated ones. */
interface Cut {
  readonly head: number;
  readonly tail: number;
}

/** The answer and the document's lines, without empty lines. */
interface Sides {
  readonly answer: Filled;
  readonly before: Filled;
  readonly after: Filled;
  readonly original: Filled;
}

/** Chooses the part of an answer that replaces the original lines. @throws Refused if that is not clear. */
export function partOf(lines: readonly string[], window: Window): Part {
  const sides: Sides = {
    answer: filled(lines),
    before: filled(window.before),
    after: filled(window.after),
    original: filled(window.original),
  };
  const cut = edges(lines, sides, window);
  const part = cutOut(lines, sides, cut, window);
  checkOwn(sides, cut);
  if (cut.head + cut.tail === 0) checkOutside(part.lines, window);
  else checkNeighbors(part.lines, sides, window);
  const hasBrackets = window.language.kind === 'code' || window.language.kind === 'data';
  // Brackets that are left over belong to lines around that the answer changed.
  if (cut.head + cut.tail > 0 && hasBrackets && !isBalancedLike(part.lines, window))
    refuse(REASONS.unclear());
  if (cut.head === 0 && cut.tail > 0) checkEdge(part.lines, window.before.slice(-8), 'first', window);
  if (cut.tail === 0 && cut.head > 0) checkEdge(part.lines, window.after.slice(0, 8), 'last', window);
  return part;
}

/**
 * Tells if the first lines of an answer show that it replaces the original ones and has nothing from before them: its
 * first line is like the original one, or an original line is among them.
 */
export function startsAsPart(lines: readonly string[], window: Window): boolean {
  const first = lines.find((line) => !isBlank(line));
  if (first === undefined) return false;
  if (window.isInsertion) return indentOf(first) === expectedIndent(window).indent;
  const own = window.original.find((line) => !isBlank(line)) ?? '';
  if (wordsShared(first, own) >= 0.5) return true;
  return lines.some((line) => window.replaces(line) && window.isAnchor(line));
}

/** Lines that stand at the end of `before`, and at the start of `after`. */
function edges(lines: readonly string[], sides: Sides, window: Window): Cut {
  const { answer, before, after, original } = sides;
  const heads = overlaps(answer.keys, before.keys);
  const tails = overlaps([...answer.keys].reverse(), [...after.keys].reverse());
  const startsLike = (length: number): boolean =>
    answer.keys.slice(0, length).every((key, index) => original.keys[index] === key);
  const endsLike = (length: number): boolean =>
    answer.keys
      .slice(-length)
      .every((key, index) => original.keys[original.keys.length - length + index] === key);
  const telling = (keys: readonly string[]): boolean => keys.some((key) => window.isAnchor(key));
  const head =
    heads.find((length) => telling(answer.keys.slice(0, length)) && !startsLike(length)) ??
    heads.find((length) => isRepeated(answer.keys, original.keys, length)) ??
    inner(answer.keys, before.keys, window, 'last');
  const place = answer.places[head - before.keys.length];
  // Text that was taken for the start of new lines cannot become a part of the file before them.
  if (head > before.keys.length && startsAsPart(lines.slice(0, place), window)) refuse(REASONS.unclear());
  const rest = answer.keys.slice(head);
  const [backward, originalBackward] = [[...rest].reverse(), [...original.keys].reverse()];
  const tail =
    tails.find((length) => length <= rest.length && telling(rest.slice(-length)) && !endsLike(length)) ??
    tails.find((length) => isRepeated(backward, originalBackward, length)) ??
    rest.length - inner(rest, after.keys, window, 'first');
  const longest = [heads[0] ?? 0, tails[0] ?? 0] as const;
  const cut = usual(lines, sides, window, { head, tail }, longest);
  checkOverlap(sides, cut, longest);
  return cut;
}

/**
 * Tells if the first lines of an answer are those just before the original ones, although they stand in the document
 * more than once: what follows them begins as the original lines do, and they do not.
 * @param length how many lines of the answer are the last ones before the original lines.
 */
function isRepeated(answer: readonly string[], original: readonly string[], length: number): boolean {
  const [first = '', next, own] = [answer[0], answer[length], original[0]];
  const repeated = answer.slice(0, length);
  // Ends of blocks are told by the blocks.
  if (!repeated.some(isTelling) && repeated.some((key) => END_OF_BLOCK.test(key))) return false;
  // New lines that begin with several of those before them are hardly ever meant.
  if (original.length === 0) return length > 1 && next !== undefined && repeated.some(isTelling);
  if (next === undefined || own === undefined) return false;
  if (next === own) return answer.length > original.length || first !== own;
  return first !== own && isVersion(next, own) && !isVersion(first, own);
}

/** Decides on lines that say nothing by themselves, such as closing brackets: by the brackets, or by being less deep. */
function usual(
  lines: readonly string[],
  sides: Sides,
  window: Window,
  sure: Cut,
  [head, tail]: readonly [number, number],
): Cut {
  if (sides.answer.keys.length <= sure.head + sure.tail) return sure;
  const options: Cut[] = [sure];
  const mayCutTail = sure.tail === 0 && tail > 0 && !isOwnEdge(lines, window, -1);
  const mayCutHead = sure.head === 0 && head > 0 && !isOwnEdge(lines, window, 0);
  if (mayCutTail) options.push({ ...sure, tail });
  if (mayCutHead) options.push({ ...sure, head });
  if (mayCutTail && mayCutHead) options.push({ head, tail });
  if (options.length === 1) return sure;
  const own = balanceOf(window.original, window.language);
  const fits = options.filter((cut) => {
    const { lines: part } = cutOut(lines, sides, cut, window);
    const isWhole = sides.answer.keys.length > cut.head + cut.tail && isBalancedLike(part, window);
    return isWhole && balanceOf(part, window.language).inside === own.inside;
  });
  const hasBrackets = isBracketed(lines, window) || own.depth !== 0 || own.lowest !== 0;
  if (hasBrackets && (fits.length < 2 || !fits.includes(sure))) return fits[0] ?? sure;
  // Without brackets a line that is less deep than all that it would replace is one of those around.
  const { places } = sides.answer;
  const least = Math.min(
    ...window.original.filter((line) => !isBlank(line)).map((line) => indentOf(line).length),
  );
  // All of an answer may have lost its indentation, so its own lines must be deeper as well.
  const isOutside = (place: number | undefined, around: readonly string[]): boolean => {
    const line = lines[place ?? -1] ?? '';
    const isLeast = places
      .slice(head, places.length - tail)
      .every((other) => indentOf(lines[other] ?? '').length > indentOf(line).length);
    return isLeast && indentOf(line).length < least && least < Infinity && around.includes(line);
  };
  return {
    head: sure.head === 0 && head > 0 && isOutside(places[0], window.before) ? head : sure.head,
    tail: sure.tail === 0 && tail > 0 && isOutside(places.at(-1), window.after) ? tail : sure.tail,
  };
}

/** Tells by its white space if the first or last line of an answer is that of the original ones, and not the one beside. */
function isOwnEdge(lines: readonly string[], { original, before, after }: Window, at: 0 | -1): boolean {
  const edgeOf = (list: readonly string[], place: 0 | -1): string | undefined =>
    place === 0 ? list.find((line) => !isBlank(line)) : list.findLast((line) => !isBlank(line));
  const line = edgeOf(lines, at);
  const beside = at === 0 ? edgeOf(before, -1) : edgeOf(after, 0);
  return line !== undefined && line === edgeOf(original, at) && line !== beside;
}

function isBracketed(lines: readonly string[], window: Window): boolean {
  const { blocks } = window.language;
  if (blocks !== undefined && lines.some((line) => blocks.opens.test(line.trim()))) return true;
  return window.language.kind !== 'prose' && lines.some((line) => /[()[\]{}]/.test(line));
}

function isBalancedLike(part: readonly string[], window: Window): boolean {
  const own = balanceOf(window.original, window.language);
  const fresh = balanceOf(part, window.language);
  return own.depth === fresh.depth && fresh.lowest >= own.lowest;
}

/**
 * The place in an answer that goes on beyond the known lines: behind (or before) all of `known`, if they are there once,
 * together, and tell enough; else its edge.
 */
function inner(
  keys: readonly string[],
  known: readonly string[],
  window: Window,
  side: 'first' | 'last',
): number {
  const none = side === 'last' ? 0 : keys.length;
  if (known.filter((key) => window.isAnchor(key)).length < 2) return none;
  const places = placesOf(known, keys);
  const [place] = places;
  if (places.length !== 1 || place === undefined) return none;
  return side === 'last' ? place + known.length : place;
}

/** Cuts repeated lines off, with the empty lines that the document has beside them. */
function cutOut(
  lines: readonly string[],
  { answer, before, after }: Sides,
  { head, tail }: Cut,
  window: Window,
): Part {
  const last = answer.places[head - 1];
  const first = answer.places[answer.places.length - tail];
  let from = last === undefined ? 0 : last + 1;
  let to = tail === 0 || first === undefined ? lines.length : first;
  if (head > 0) {
    let spaces = window.before.length - 1 - (before.places.at(-1) ?? -1);
    while (spaces-- > 0 && from < to && isBlank(lines[from] ?? 'x')) from++;
  }
  if (tail > 0) {
    let spaces = after.places[0] ?? 0;
    while (spaces-- > 0 && to > from && isBlank(lines[to - 1] ?? 'x')) to--;
  }
  return {
    lines: lines.slice(from, to),
    head,
    tail,
    isBeyond: head > before.keys.length || tail > after.keys.length,
    echo: echoOf(lines, last, first, tail, { before, after }, window),
  };
}

function echoOf(
  lines: readonly string[],
  last: number | undefined,
  first: number | undefined,
  tail: number,
  { before, after }: Pick<Sides, 'before' | 'after'>,
  window: Window,
): Echo | undefined {
  if (last !== undefined) {
    const own = window.before[before.places.at(-1) ?? -1] ?? '';
    return { side: 'before', from: indentOf(lines[last] ?? ''), to: indentOf(own) };
  }
  // A bracket behind the lines says less than the first of them.
  if (tail === 0 || first === undefined || !isTelling(lines[first] ?? '')) return undefined;
  const own = window.after[after.places[0] ?? -1] ?? '';
  return { side: 'after', from: indentOf(lines[first] ?? ''), to: indentOf(own) };
}

/**
 * Refuses an answer that declares again at its base what is declared around the original lines: it is a whole function,
 * and its head or end was changed as well.
 */
function checkOutside(part: readonly string[], window: Window): void {
  const { language } = window;
  if (isWrapped(part, window) || isMadeUpAround(part, window)) refuse(REASONS.outside());
  // Many classes may have a method of a common name; at the top of a file there is one.
  const isTop = indentOf(part.find((line) => !isBlank(line)) ?? '') === '';
  const names = declaredNames(part, language, true, isTop);
  if (names.size > 0) {
    const own = declaredNames(window.original, language, false, isTop);
    const lines = [...window.before, ...window.after];
    const around = declaredNames(lines, language, false);
    const top = isTop ? declaredNames(lines, language, true, true) : around;
    const isAround = (name: string): boolean => around.has(name) || top.has(name);
    for (const name of names) if (isAround(name) && !own.has(name)) refuse(REASONS.outside());
  }
  checkNeighbors(part, { before: filled(window.before), after: filled(window.after) }, window);
}

/**
 * Tells if a part declares something new around what the original lines declare within a class or a block: models wrap a
 * method in a class whose name they make up.
 */
function isWrapped(part: readonly string[], window: Window): boolean {
  const { original, language } = window;
  if (indentOf(original.find((line) => !isBlank(line)) ?? '') === '') return false;
  const own = [...declaredNames(original, language, true)];
  const names = declaredNames(part, language, true, true);
  const all = declaredNames(part, language, false);
  // A class may have its methods on its own line.
  const inner = part.flatMap((line) => /\{\s*(.+)\}\s*$/.exec(line)?.[1]?.trim() ?? []);
  const within = declaredNames(inner, language, false);
  return (
    names.size > 0 &&
    own.length > 0 &&
    own.every((name) => !names.has(name) && (all.has(name) || within.has(name)))
  );
}

/** Tells if lines that stay became deeper, because a part declares something around them that nobody asked for. */
function isMadeUpAround(part: readonly string[], { original, language, instruction }: Window): boolean {
  if (asksFor(instruction, 'wrap')) return false;
  const names = declaredNames(part, language, true, true);
  const own = declaredNames(original, language, true, true);
  if (names.size === 0 || [...names].some((name) => own.has(name))) return false;
  const depths = (lines: readonly string[]): Map<string, number> => {
    const base = indentOf(lines.find((line) => !isBlank(line)) ?? '').length;
    return new Map(lines.filter(isTelling).map((line) => [keyOf(line), indentOf(line).length - base]));
  };
  const called = part.map(
    (line) => /^([\p{L}_$][\p{L}\p{N}_$]*)\s*\(.*\)\s*;?$/u.exec(line.trim())?.[1] ?? '',
  );
  if (called.some((name) => names.has(name))) return true;
  const old = depths(original);
  const stay = [...depths(part)].filter(([key]) => old.has(key));
  return stay.length > 0 && stay.every(([key, depth]) => depth > (old.get(key) ?? 0));
}

/**
 * Refuses an answer that begins or ends with several lines that stand just beside the original ones: they are repeated,
 * or new ones that are the same, which nothing tells.
 * @param longest how many there are at most before and behind.
 */
function checkOverlap(
  { answer, original }: Sides,
  { head, tail }: Cut,
  longest: readonly [head: number, tail: number],
): void {
  const [first, last] = longest;
  const isUnclear = (one: readonly string[], own: readonly string[]): boolean => {
    const isSaid = one.some(isTelling) || !one.some((key) => END_OF_BLOCK.test(key));
    return one.length > 1 && isSaid && one.some((key, index) => own[index] !== key);
  };
  if (head === 0 && isUnclear(answer.keys.slice(0, first), original.keys)) refuse(REASONS.unclear());
  const [end, ownEnd] = [answer.keys.slice(answer.keys.length - last), original.keys];
  if (tail === 0 && isUnclear(end.reverse(), [...ownEnd].reverse())) refuse(REASONS.unclear());
}

/** Refuses an answer of nothing but lines from one side of the original ones, which would only be deleted. */
function checkOwn({ answer, original }: Sides, { head, tail }: Cut): void {
  const isOneSided = (head === 0) !== (tail === 0);
  if (isOneSided && original.keys.length > 0 && answer.keys.length === head + tail) refuse(REASONS.unclear());
}

/** Refuses a part whose edge is more like a line around than like any of the original ones: that line was changed too. */
function checkEdge(
  part: readonly string[],
  around: readonly string[],
  side: 'first' | 'last',
  window: Window,
): void {
  const edge = (side === 'first' ? part.find(isTelling) : part.findLast(isTelling)) ?? '';
  const like = (lines: readonly string[]): number =>
    Math.max(0, ...lines.filter(isTelling).map((line) => wordsShared(edge, line)));
  const likeness = like(around);
  if (edge !== '' && likeness >= 0.5 && likeness > like(window.original)) refuse(REASONS.outside());
}

/**
 * Refuses a part that still has lines from around the original ones: next to them, or several together. Parts of the
 * document would be there twice, and their changes would be lost.
 */
function checkNeighbors(
  part: readonly string[],
  { before, after }: Pick<Sides, 'before' | 'after'>,
  window: Window,
): void {
  const near = new Set([...before.keys.slice(-3), ...after.keys.slice(0, 3)]);
  const order = new Map([...before.keys, '', ...after.keys].map((key, index) => [key, index]));
  let count = 0;
  let last = -2;
  for (const line of part) {
    if (isBlank(line)) continue;
    const key = keyOf(line);
    const place = window.replaces(line) ? -2 : (order.get(key) ?? -2);
    const isTogether =
      place >= 0 && place === last + 1 && (isTelling(line) || isTelling(before.keys[last] ?? ''));
    last = place;
    if (isTogether) refuse(REASONS.unclear());
    if (place < 0 || !window.isAnchor(line)) continue;
    count++;
    if (count >= 3 || (near.has(key) && key.length >= 8)) refuse(REASONS.unclear());
  }
}
