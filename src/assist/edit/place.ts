/** Makes new lines out of the code of an answer: its part for the original lines, indented as they are. */
import { type Localized, t } from '../../base/l10n.ts';
import { TURN_ENDS } from '../../inference/format/index.ts';
import { partOf } from './around.ts';
import { checkImports } from './checks/imports.ts';
import { checkLost } from './checks/lost.ts';
import { checkRepeated, checkSpread } from './checks/repeated.ts';
import { checkStandIns } from './checks/standIns.ts';
import { namedLanguage } from './code/languages.ts';
import { balanceOf, insides } from './code/lexer.ts';
import {
  isChat,
  isCommentLine,
  isForeignSpeech,
  isShortSentence,
  kindsOf,
  likenessOf,
} from './code/words.ts';
import { withoutEdges } from './edges.ts';
import { checkRuns, withoutExample } from './example.ts';
import { isFence } from './fences.ts';
import { withCodeCharacters } from './forms/characters.ts';
import { withoutEntities } from './forms/entities.ts';
import { checkFrame, withoutHead } from './forms/fileFrame.ts';
import { echoBehindMark, withMarksBeside, withoutLazyLines, withoutOuterMarks } from './forms/lazy.ts';
import { withoutNumbers } from './forms/numbered.ts';
import { applyHunks, type Hunk, spliced, trimmed } from './hunks.ts';
import { reindented } from './indentation.ts';
import { closesBlock, documentUnit } from './levels.ts';
import { type EditResult, REASONS, refuse } from './result.ts';
import { withWantedIndent } from './whiteSpace.ts';
import { isBlank, isFilled, sameLines, type Window } from './window.ts';

/** A comment that holds nothing but a path, which models put before code. */
const PATH =
  /^\s*(?:\/\/|#|--|\/\*|<!--|;|%)\s*(?:(?:file(?:name|path)?|path)\s*:\s*)?(?:[\w.@-]+[\\/])*[\w.@-]+\.[A-Za-z]\w{0,9}\s*(?:\*\/|-->)?\s*$/i;

const LABEL =
  /^\s*(?:\/\/|#|--|\/\*|<!--)\s*(?:before|after|original|old|new|updated|modified|changed|fixed)(?: (?:code|version|lines))?\s*:?\s*(?:\*\/|-->)?\s*$/i;
const OLD_LABEL = /before|original|old/i;

/** Tells if a line is a comment with a path that the document has not. */
export function isPathComment(line: string, window: Window): boolean {
  return PATH.test(line) && !window.knows(line) && window.before.some((known) => !isBlank(known));
}

/** Removes marks of turns that stand at the end of a block that nothing closed, and what follows them. */
function withoutTurnEnds(lines: readonly string[], window: Window, isClosed: boolean): readonly string[] {
  for (const [index, line] of lines.entries()) {
    const mark = TURN_ENDS.find((end) => line.trimEnd().endsWith(end));
    if (mark === undefined || window.contains(mark)) continue;
    const rest = lines.slice(index + 1);
    const isInvented =
      rest.every(isBlank) || (!isClosed && /^\s*(?:<|\[INST)/.test(rest.find((one) => !isBlank(one)) ?? ''));
    if (!isInvented) return refuse(REASONS.mixed());
    const text = line.trimEnd().slice(0, -mark.length);
    // In a block that nothing closed, the line break before the mark may be an empty line.
    const own =
      isClosed && isBlank(text) && window.language.kind !== 'prose'
        ? []
        : withoutTurnEnds([text], window, isClosed);
    return [...lines.slice(0, index), ...own];
  }
  return lines;
}

/** Words that may be a sentence behind the code. */
const CLOSING = /^\p{Lu}[\p{L}'’]*(?:\s[\p{L}'’]+)+\s?[.:!?…]?$|^\p{Lu}\p{Ll}+[.!]$/u;

/** Removes what a model says behind code in a block that it forgot to close. */
function withoutChatBehind(lines: readonly string[], window: Window): readonly string[] {
  const kinds = kindsOf(lines, window.language, (line) => window.knows(line));
  const last = kinds.lastIndexOf('code');
  const behind = kinds.slice(last + 1);
  const maySpeak = lines.slice(last + 1).some((line) => isShortSentence(line) || CLOSING.test(line));
  if (last < 0 || !(behind.includes('prose') || maySpeak)) return lines;
  if (behind[0] !== 'blank' || behind.includes('either')) return refuse(REASONS.mixed());
  return lines.slice(0, last + 1);
}

/** Refuses code in a closed block with what the model says about it, above or below. */
function checkChat(lines: readonly string[], window: Window): void {
  const kinds = kindsOf(lines, window.language, (line) => window.knows(line));
  const first = kinds.findIndex((kind) => kind !== 'blank');
  const last = kinds.findLastIndex((kind) => kind !== 'blank');
  const above = lines[first] ?? '';
  const isAbove = kinds[first] === 'prose' && (isChat(above) || isForeignSpeech(above, window.language));
  const isBelow = kinds[last] === 'prose' && kinds[last - 1] === 'blank';
  if ((isAbove || isBelow) && kinds.includes('code')) refuse(REASONS.mixed());
}

/** Marks of cells in notebooks that are kept as text. */
const CELL = /^\s*#\s?(?:%%|In\s?\[\d*\]:?\s*$)/;

/** Removes the name of the language or the mark of a cell where it stands on the line behind the fence. */
function withoutLanguage(lines: readonly string[], window: Window): readonly string[] {
  const first = lines.findIndex((line) => !isBlank(line));
  const head = lines[first] ?? '';
  const isCell = CELL.test(head) && !window.lines.some((line) => CELL.test(line));
  const isName =
    (isCell || isLanguageLine(head, window)) && lines.slice(first + 1).some((line) => !isBlank(line));
  return isName ? lines.slice(first + 1) : lines;
}

/** Tells if a line is nothing but the name of the document's language. */
export function isLanguageLine(line: string, window: Window): boolean {
  const { language } = window;
  return language.kind !== 'prose' && namedLanguage(line.trim()) === language && !window.knows(line);
}

/** Reads a block with the old and the new lines, each below a comment that says so. @throws Refused if it is not clear. */
function withoutLabels(lines: readonly string[], window: Window): readonly string[] {
  const labels = lines.flatMap((line, index) => (LABEL.test(line) && !window.knows(line) ? [index] : []));
  const [old, fresh, ...more] = labels;
  if (old === undefined || !OLD_LABEL.test(lines[old] ?? '')) return lines;
  const isClear = fresh !== undefined && more.length === 0 && !OLD_LABEL.test(lines[fresh] ?? '');
  const isFirst = lines.slice(0, old).every(isBlank);
  return isClear && isFirst ? lines.slice(fresh + 1) : refuse(REASONS.mixed());
}

/** Tells if a line is a comment that labels old or new code. */
export function isLabelLine(line: string, window: Window): boolean {
  return LABEL.test(line) && !window.knows(line);
}

/** Commands that change a file. */
const CHANGES =
  /^\s*(?:sed\s+(?:-\S+\s+)*-\w*i|perl\s+(?:-\S+\s+)*-\w*i|patch\s+-|git\s+apply\b|apply_patch\b)/;

/** Refuses code with the prompts of a shell or of Python before its lines, and commands that would change the lines. */
function checkPrompts(lines: readonly string[], window: Window): void {
  const { names } = window.language;
  const commands = names.includes('shell') ? lines.filter((line) => !isBlank(line)) : [];
  if (commands.length > 0 && commands.every((line) => CHANGES.test(line) && !window.knows(line)))
    refuse(REASONS.mixed());
  const prompt = names.includes('python') ? /^\s*>>> / : names.includes('shell') ? /^\s*\$ \S/ : undefined;
  if (prompt === undefined) return;
  const within = insides(lines, window.language);
  const has = (line: string, index: number): boolean =>
    within[index] === undefined && prompt.test(line) && !window.knows(line);
  if (lines.some(has)) refuse(REASONS.mixed());
}

/** The block of code of an answer. */
export interface Code {
  readonly lines: readonly string[];
  /** True if a fence or a tag closed it. */
  readonly isClosed: boolean;
  /** True if it stood between fences, so that empty lines at its edges may be new ones. */
  readonly isBlock?: boolean;
}

/**
 * Makes the new lines.
 * @throws Refused if they cannot be told exactly.
 */
export function placed({ lines, isClosed, isBlock = false }: Code, window: Window): EditResult {
  let code = withoutTurnEnds(lines, window, isClosed);
  if (code.every(isBlank)) {
    if (!isClosed) return refuse(REASONS.empty());
    return resultOf([], [], window);
  }
  if (!isClosed && window.language.kind === 'code') code = withoutChatBehind(code, window);
  code = withoutEntities(withoutNumbers(code, window), window);
  code = withCodeCharacters(code, window);
  if (isClosed && window.language.kind === 'code') checkChat(code, window);
  checkPrompts(code, window);
  const notes: Localized[] = [];
  code = withoutLabels(withoutLanguage(code, window), window);
  const first = code.findIndex((line) => !isBlank(line));
  if (isPathComment(code[first] ?? '', window) && code.length > first + 1) {
    code = code.slice(first + 1);
    notes.push(t('The comment with the file’s name was left out.'));
  }
  const body = withoutHead(code, window);
  if (body !== code) notes.push(t('Lines that begin or end a whole file were left out.'));
  code = body;
  const own = withoutExample(code, window);
  if (own !== code) notes.push(t('An example of use behind the new lines was left out.'));
  code = withMarksBeside(withoutOuterMarks(own, window), window);
  const part = partOf(code, window);
  checkRepeated(part.lines, window);
  checkSpread(part.lines, window);
  checkFrame(part.lines, window);
  checkImports(part.lines, window);
  checkRuns(part.lines, window);
  if (part.isBeyond)
    notes.push(t('The answer has more lines of the file than were compared; only the selected ones change.'));
  else if (part.head + part.tail > 0)
    notes.push(t('Lines around the selection that the answer repeats were left out.'));
  const indented = reindented(
    { lines: part.lines, echo: part.echo ?? echoBehindMark(part.lines, window) },
    window,
  );
  if (indented.some((line, index) => line !== part.lines[index]))
    notes.push(t('The indentation was adapted to the file’s.'));
  const full = withoutLazyLines(indented, window);
  // Lines that were left out before or behind took the empty ones beside them along.
  const isStart = isBlock && firstFilled(lines) === firstFilled(own);
  const isEnd = isBlock && lastFilled(lines) === lastFilled(own);
  const edited = withoutEdges(full, window, {
    start: part.head > 0 ? 'inside' : isStart ? 'block' : 'other',
    end: part.tail > 0 ? 'inside' : isEnd ? 'block' : 'other',
  });
  if (isBlock && edited.length < full.length && !edited.every(isBlank))
    notes.push(t('Empty lines around the new ones were left out.'));
  checkLost(edited, window);
  return resultOf(withWantedIndent(part.lines, edited, window), notes, window);
}

function firstFilled(lines: readonly string[]): string | undefined {
  return lines.find(isFilled);
}

function lastFilled(lines: readonly string[]): string | undefined {
  return lines.findLast(isFilled);
}

/** A fence that lost one of its marks. */
const SHORT_FENCE = /^\s*``(?!`)[\w+#-]*\s*$/;

/** Tells if there is a fence among lines of code, outside of strings and comments, that the document has not. */
function hasStrayFence(lines: readonly string[], window: Window): boolean {
  const isStray = (line: string): boolean => isFence(line) || SHORT_FENCE.test(line);
  if (window.language.kind === 'prose' || !lines.some(isStray)) return false;
  const within = insides(lines, window.language);
  return lines.some((line, index) => within[index] === undefined && isStray(line) && !window.knows(line));
}

/** A mark that templates and prompts of models have, such as `<|fim_middle|>`; in code it stands between quotes. */
const MARK = /(?<!["'`\\])(?:<[|｜][\w▁]{2,40}[|｜]>|<fim_\w{2,12}>)(?!["'`])/g;

/** Tells if lines have a mark of a model that the document has not. */
function hasMark(lines: readonly string[], window: Window): boolean {
  return lines.some((line) => line.match(MARK)?.some((mark) => !window.contains(mark)) === true);
}

/** Tells if lines begin with the end of a block that is none of the original ones: they are from elsewhere in the file. */
function beginsWithEnd(lines: readonly string[], { original, language }: Window): boolean {
  const first = lines.find((line) => !isBlank(line)) ?? '';
  if (!closesBlock(first)) return false;
  return balanceOf(lines, language).lowest < balanceOf(original, language).lowest;
}

/** Tells if several lines of code would be replaced by a comment that is not theirs. */
function isOnlyComment(lines: readonly string[], { original, language }: Window): boolean {
  if (language.kind !== 'code' || lines.every(isBlank)) return false;
  const isCode = (list: readonly string[]): boolean[] => {
    const within = insides(list, language);
    return list.map(
      (line, index) => !isBlank(line) && within[index] !== 'comment' && !isCommentLine(line, language),
    );
  };
  const count = isCode(original).filter(Boolean).length;
  return count > 1 && !isCode(lines).includes(true) && likenessOf(original, lines) < 0.5;
}

/** Tells if JSON ends with a comma instead of none, or the other way round. */
function hasOtherComma(lines: readonly string[], { original, language }: Window): boolean {
  const old = original.findLast((line) => !isBlank(line));
  const fresh = lines.findLast((line) => !isBlank(line));
  if (!language.names.includes('json') || old === undefined || fresh === undefined) return false;
  return old.trimEnd().endsWith(',') !== fresh.trimEnd().endsWith(',');
}

/** The result for new lines. */
function resultOf(lines: readonly string[], notes: readonly Localized[], window: Window): EditResult {
  const { original, language } = window;
  if (sameLines(lines, original)) return { kind: 'unchanged' };
  if (window.isInsertion && lines.length === 0) return { kind: 'unchanged' };
  if (hasStrayFence(lines, window)) refuse(REASONS.fences());
  if (isOnlyComment(lines, window)) refuse(REASONS.comment());
  if (hasMark(lines, window)) refuse(REASONS.mixed());
  checkStandIns(lines, window);
  if (beginsWithEnd(lines, window)) refuse(REASONS.unclear());
  const own = balanceOf(original, language);
  const fresh = balanceOf(lines, language);
  const isBalanced = own.depth === fresh.depth && (own.inside === undefined) === (fresh.inside === undefined);
  const checked = isBalanced
    ? [...notes]
    : [...notes, t('Brackets or quotation marks of the new lines do not match those of the old ones.')];
  if (hasOtherComma(lines, window))
    checked.push(t('The comma behind the last new line does not match the old one.'));
  return { kind: 'lines', lines, notes: checked };
}

/** Refuses changes whose new lines have characters that code has not: the old ones may have been meant with them. */
export function checkCharacters(hunks: readonly Hunk[], window: Window): void {
  const added = hunks.flatMap((hunk) => hunk.flatMap(({ op, text }) => (op === '+' ? [text] : [])));
  if (!sameLines(withCodeCharacters(added, window), added)) refuse(REASONS.encoded());
}

/**
 * Applies changes that name the lines they replace.
 * @throws Refused if they are not clear, or lie outside of the original lines.
 */
export function applied(hunks: readonly Hunk[], window: Window): EditResult {
  const start = window.before.length;
  const end = start + window.original.length;
  const isPure =
    hunks.length === 1 && hunks[0]?.every(({ op, text }) => op === '+' || (op === ' ' && text.trim() === ''));
  if (isPure === true && window.isInsertion && hunks[0] !== undefined) {
    const lines = hunks[0].flatMap(({ op, text }) => (op === '+' ? [text] : []));
    return placed({ lines, isClosed: true }, window);
  }
  checkCharacters(hunks, window);
  const document = window.lines;
  const target = {
    lines: document,
    language: window.language,
    indentation: documentUnit(window),
    range: [start, end] as const,
  };
  const splices = applyHunks(hunks, target).map((splice) => trimmed(splice, document));
  if (splices.some((splice) => splice.start < start || splice.end > end)) refuse(REASONS.outside());
  const own = splices.map((splice) => ({ ...splice, start: splice.start - start, end: splice.end - start }));
  return resultOf(spliced(window.original, own), [], window);
}
