/**
 * Finds answers that have the same lines twice in one block: the selection beside its new version, or new lines and the
 * same ones again. Applied, the code would stand in the file twice.
 */
import { declaredNames, definitionsOf } from '../code/declarations.ts';
import { balanceOf } from '../code/lexer.ts';
import { isCommentLine } from '../code/words.ts';
import { closesBlock } from '../levels.ts';
import { REASONS, refuse } from '../result.ts';
import { filled, indentOf, isBlank, isTelling, keyOf, type Window } from '../window.ts';
import { asksFor } from '../wording/intent.ts';

/** Words that many lines beside each other begin with. */
const DECLARING =
  /^(?:async|function|def|fn|func|class|struct|interface|enum|import|from|const|let|var|use|using|include|require|export|public|private|protected|static|readonly|final|type|echo|print|test|it|expect|assert|case)$/;
/** Lines with an empty one behind each that are no chance. */
const LEAST_SPREAD = 4;
/** The end of a block in shells and in C's preprocessor. */
const ENDS = /^\s*(?:#\s*(?:else|endif)|fi|done|esac)\b/;
/** The end of a function or loop, behind which nothing is reached. */
const LEAVES = /^(?:return|throw|raise|break|continue)\b/;

/** @throws Refused if it is not clear which of several versions of the lines is meant. */
export function checkRepeated(lines: readonly string[], window: Window): void {
  const { language, instruction } = window;
  if (language.kind !== 'code' || asksFor(instruction, 'repeat')) return;
  checkVersions(lines, window);
  checkDefinitions(lines, window);
  // Comments that say which version is which would hide that the lines are the same.
  const bare = lines.filter((line) => window.knows(line) || !isCommentLine(line, language));
  if (bare.length < lines.length) checkVersions(bare, window);
}

/** @throws Refused if the lines are those of before and their new version, or the same ones twice. */
function checkVersions(lines: readonly string[], window: Window): void {
  const { original, instruction } = window;
  const { keys, places } = filled(lines);
  // A single line may be there twice.
  if (keys.length === 2 && lines.length === 2) return;
  const own = filled(original).keys;
  if (isDoubled(keys) && !isDoubled(own)) refuse(REASONS.several(2));
  if (own.length === 0 || keys.length <= own.length || !own.some(isTelling)) return;
  const starts = own.every((key, index) => keys[index] === key);
  const ends = own.every((key, index) => keys[keys.length - own.length + index] === key);
  if (!starts && !ends) return;
  if (starts && ends) refuse(REASONS.several(2));
  const edge = places[starts ? own.length : keys.length - own.length] ?? 0;
  const rest = starts ? lines.slice(edge) : lines.slice(0, edge);
  if (isDeclaredAgain(rest, window)) refuse(REASONS.several(2));
  // Nothing is reached behind the end of a function.
  const [first, second] = starts ? [original, rest] : [rest, original];
  if (LEAVES.test(baseEnd(first)) && depthOf(first) === depthOf(second)) refuse(REASONS.several(2));
  const isApart = isBlank(lines[edge - 1] ?? 'x') || isBlank(rest.at(-1) ?? 'x');
  if (asksFor(instruction, 'add') || (own.length === 1 && !isApart)) return;
  if (isVersion(rest, window)) refuse(REASONS.several(2));
  if (isApart && own.length > 1 && asksFor(instruction, 'change')) refuse(REASONS.several(2));
}

/** @throws Refused if an empty line stands behind each line, also within blocks, which the original ones have not. */
export function checkSpread(lines: readonly string[], { original, language }: Window): void {
  if (language.kind !== 'code' || !lines.some((line) => closesBlock(line) || ENDS.test(line))) return;
  const isSpread = (list: readonly string[]): boolean => {
    const { places } = filled(list);
    return (
      places.length > 1 && places.every((place, index) => index === 0 || place - (places[index - 1] ?? 0) > 1)
    );
  };
  if (filled(lines).places.length >= LEAST_SPREAD && isSpread(lines) && !isSpread(original))
    refuse(REASONS.mixed());
}

/** The columns before the first line. */
function depthOf(lines: readonly string[]): number {
  return indentOf(lines.find((line) => !isBlank(line)) ?? '').length;
}

/** The last line that is not deeper than the first one. */
function baseEnd(lines: readonly string[]): string {
  const base = depthOf(lines);
  return lines.findLast((line) => !isBlank(line) && indentOf(line).length <= base)?.trim() ?? '';
}

/** Refuses lines that define a function or class twice: a choice for the user, such as “Option 1” and “Option 2”. */
function checkDefinitions(lines: readonly string[], { language, original }: Window): void {
  const own = definitionsOf(original, language);
  for (const [name, times] of definitionsOf(lines, language))
    if (times > Math.max(1, own.get(name) ?? 0)) refuse(REASONS.several(times));
}

/** Tells if lines are other ones, and then the same again. */
function isDoubled(keys: readonly string[]): boolean {
  const half = keys.length / 2;
  if (!Number.isInteger(half) || half < 1 || !keys.some(isTelling)) return false;
  return keys.slice(0, half).every((key, index) => keys[half + index] === key);
}

/** Tells if lines declare what the original ones declare. */
function isDeclaredAgain(lines: readonly string[], { original, language }: Window): boolean {
  const names = declaredNames(original, language, true, true);
  return [...declaredNames(lines, language, true, true)].some((name) => names.has(name));
}

/** Tells if lines are another version of the original ones: each begins like its own, or most of them are the same. */
function isVersion(lines: readonly string[], { original, language }: Window): boolean {
  const depth = balanceOf(original, language).depth;
  if (depth !== 0 && balanceOf(lines, language).depth === depth) return true;
  if (isLikeEach(lines, original)) return true;
  const own = new Set(original.filter(isTelling).map(keyOf));
  const telling = lines.filter(isTelling);
  const same = telling.filter((line) => own.has(keyOf(line))).length;
  return same > 0 && 2 * same >= telling.length;
}

function wordsOf(line: string): readonly string[] {
  return line.match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** Tells if the first line has all words of the other first one, or each line begins like the one in its place. */
function isLikeEach(lines: readonly string[], original: readonly string[]): boolean {
  const [old, fresh] = [original, lines].map((list) => list.filter((line) => !isBlank(line)));
  if (old === undefined || fresh === undefined) return false;
  const words = wordsOf(old[0] ?? '');
  const firsts = new Set(wordsOf(fresh[0] ?? ''));
  if (words.length > 1 && words.every((word) => firsts.has(word))) return true;
  const begins = (line: string): string => {
    const [first, second] = wordsOf(line);
    return DECLARING.test(first ?? '') ? `${first} ${second}` : (first ?? line.trim());
  };
  return (
    old.length > 1 &&
    old.length === fresh.length &&
    old.every((line, index) => begins(line) === begins(fresh[index] ?? ''))
  );
}
