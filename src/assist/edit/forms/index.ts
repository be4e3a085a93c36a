/**
 * The forms of answers, in order of decision. The first one that knows an answer reads it, or refuses it: an answer that
 * has the signs of a form and is not well formed is never read as another.
 */

import { isMarkdown } from '../code/languages.ts';
import { balanceOf } from '../code/lexer.ts';
import { isShortSentence, isUnaskedTalk, kindsOf, type LineKind } from '../code/words.ts';
import { parseClosing, parseOpening } from '../fences.ts';
import { replacement } from '../hunks.ts';
import { applied, type Code, placed } from '../place.ts';
import { type EditResult, REASONS, refuse } from '../result.ts';
import { type Block, languageWord, type Segment } from '../segments.ts';
import { isBlank, type Window } from '../window.ts';
import { bareCode, inlineCode, refuseProse } from './bare.ts';
import { chosenBlock, isOldLabel, isShownBlock, labelled } from './blocks.ts';
import { readCall } from './call.ts';
import { resolvedBlock, textLines } from './documents.ts';
import {
  hasOthers,
  hasSearchBlocks,
  parseSearchBlocks,
  parseTagPairs,
  type SearchReplace,
} from './searchReplace.ts';
import { fromArrows, hasDiffHeaders, isDiffInfo, kindOfChange, parseDiff } from './unifiedDiff.ts';
import { unwrapped } from './wrapped.ts';

/** An answer proper, without thoughts and marks of turns. */
export interface Answer {
  readonly segments: readonly Segment[];
  /** All lines, fences included. */
  readonly lines: readonly string[];
  readonly window: Window;
  /** False if a limit cut it. */
  readonly isComplete: boolean;
}

/** A form of answers. */
interface Form {
  readonly name: string;
  /** Reads the answer. Returns undefined if it is not in this form. @throws Refused */
  readonly read: (answer: Answer) => EditResult | undefined;
}

function blocksOf({ segments }: Answer): readonly Block[] {
  return segments.filter((segment) => segment.kind === 'block');
}

/** A cut answer is whole only if it is one block that was closed before, which nothing behind it can change. */
const cutOff: Form = {
  name: 'cut off',
  read(answer) {
    if (answer.isComplete) return undefined;
    const [one, ...more] = labelled(answer.segments);
    if (one === undefined || more.length > 0 || !one.block.isClosed) refuse(REASONS.cut());
    const { block, label } = one;
    const isPlain = !isDiffInfo(languageWord(block.opening.info)) && !hasSearchBlocks(block.lines);
    if (!isPlain || block.inner.length > 0 || isMarkdown(answer.window.language)) refuse(REASONS.cut());
    // The fence may be the beginning of another opening one.
    if (block.lines.every(isBlank)) refuse(REASONS.cut());
    if (isOldLabel(label) || isShownBlock(block, answer.window)) refuse(REASONS.cut());
    return undefined;
  },
};

const empty: Form = {
  name: 'empty',
  read({ lines }) {
    return lines.every(isBlank) ? refuse(REASONS.empty()) : undefined;
  },
};

/** Before fences, because calls of small models stand in fences, and their texts have fences. */
const call: Form = {
  name: 'call or JSON',
  read(answer) {
    const blocks = blocksOf(answer);
    const texts = [answer.lines.join('\n')];
    const [block] = blocks;
    if (blocks.length === 1 && block !== undefined) texts.push(block.lines.join('\n'));
    for (const text of texts) {
      const found = readCall(text, answer.window);
      if (found === undefined) continue;
      if (!answer.isComplete) refuse(REASONS.cut());
      if ('hunks' in found) return applied(found.hunks, answer.window);
      return placed({ lines: found.lines, isClosed: true }, answer.window);
    }
    return undefined;
  },
};

/** Before fences, because each block may stand in a fence of its own, or all of them in one. */
const searchReplace: Form = {
  name: 'search and replace',
  read(answer) {
    const { window } = answer;
    const pairs = searchPairs(answer);
    if (pairs.length === 0) return undefined;
    return applied(
      pairs.map(({ old, lines }) => replacement(sideOf(old), withoutShared(old, sideOf(lines), window))),
      window,
    );
  },
};

/** The pairs of old and new lines of an answer. @throws Refused if they are not well formed. */
function searchPairs(answer: Answer): readonly SearchReplace[] {
  // With fences, which old and new lines may have.
  const { lines, window } = answer;
  if (!hasSearchBlocks(lines)) {
    const isOwn = window.lines.some((line) => /<(?:search|old)/i.test(line));
    return isOwn ? [] : parseTagPairs(lines.join('\n'));
  }
  if (window.contains('<<<<<<<')) return refuse(REASONS.malformed());
  const isMixed = blocksOf(answer).some((block) => hasSearchBlocks(block.lines) && hasOthers(block.lines));
  return isMixed ? refuse(REASONS.malformed()) : parseSearchBlocks(lines);
}

/** The lines of one side of a pair, without a fence around them. */
function sideOf(lines: readonly string[]): readonly string[] {
  const opening = lines.length > 1 ? parseOpening(lines[0] ?? '') : undefined;
  const isFenced = opening !== undefined && parseClosing(lines.at(-1) ?? '', opening) === 'bare';
  const side = isFenced ? lines.slice(1, -1) : lines;
  return side.length === 1 && side[0] === '' ? [] : side;
}

/** Removes an empty line at the edge of new lines that was searched for, if it is the one beside the place. */
function withoutShared(old: readonly string[], lines: readonly string[], window: Window): readonly string[] {
  if (old.length !== 1 || !isBlank(old[0] ?? 'x') || lines.length < 2) return lines;
  if (isBlank(lines[0] ?? 'x') && isBlank(window.before.at(-1) ?? 'x')) return lines.slice(1);
  return isBlank(lines.at(-1) ?? 'x') && isBlank(window.after[0] ?? 'x') ? lines.slice(0, -1) : lines;
}

/** Before plain blocks, whose lines would come with `+` and `-`. */
const unifiedDiff: Form = {
  name: 'diff',
  read(answer) {
    const { window } = answer;
    if (window.language.names.includes('diff')) return undefined;
    const blocks = blocksOf(answer);
    const source = blocks.length === 0 ? answer.lines : undefined;
    const arrows = fromArrows(source ?? (blocks.length === 1 ? (blocks[0]?.lines ?? []) : []));
    if (arrows !== undefined) return ofDiff(arrows, window);
    if (source !== undefined) return hasDiffHeaders(source) ? ofDiff(fromHeader(source), window) : undefined;
    const diffs = blocks.filter(
      ({ opening, lines }) => isDiffInfo(languageWord(opening.info)) || hasDiffHeaders(lines),
    );
    if (diffs.length === 0) return undefined;
    if (diffs.length < blocks.length && diffs.length > 1) refuse(REASONS.several(blocks.length));
    if (diffs.some(({ isClosed }) => !isClosed) && diffs.length > 1) refuse(REASONS.fences());
    return ofDiff(
      diffs.flatMap(({ lines }) => ['@@', ...lines]),
      window,
    );
  },
};

/** Leaves out what is said before the first header and behind the last change. */
function fromHeader(lines: readonly string[]): readonly string[] {
  const start = lines.findIndex((_, index) => hasDiffHeaders(lines.slice(index, index + 2)));
  const body = lines.slice(Math.max(0, start));
  const end = body.findLastIndex((line) => /^[-+ @*\\]/.test(line));
  return body.slice(0, end + 1);
}

function ofDiff(lines: readonly string[], window: Window): EditResult {
  const known = new Set(window.lines);
  const files = parseDiff(lines, (line) => known.has(line));
  const paths = new Set(files.flatMap(({ path }) => (path === undefined ? [] : [path])));
  if (paths.size > 1) refuse(REASONS.files());
  const hunks = files.flatMap((file) => file.hunks);
  if (hunks.length === 0) refuse(REASONS.malformed());
  return applied(hunks, window);
}

/** Code that was chosen, whatever stood around it: it may still be a diff without headers. */
export function ofCode(code: Code, window: Window): EditResult {
  const { lines } = code;
  const inner = unwrapped(lines, window);
  if (inner !== undefined) return ofCode({ lines: inner, isClosed: true }, window);
  if (!window.language.names.includes('diff')) {
    if (hasWordChanges(lines, window) || isStarred(lines, window)) refuse(REASONS.mixed());
    const kind = kindOfChange(lines, window);
    if (kind === 'suspicious') refuse(REASONS.malformed());
    if (kind === 'diff') return ofDiff(lines, window);
  }
  if (window.language.kind === 'code' && lines.some((line) => !isBlank(line))) {
    const kinds = kindsOf(lines, window.language, (line) => window.knows(line));
    const isSaid = (kind: LineKind, line: string): boolean =>
      kind === 'prose' || kind === 'blank' || (kind === 'either' && isShortSentence(line));
    if (kinds.every((kind, index) => isSaid(kind, lines[index] ?? ''))) refuseProse(lines);
  }
  const [line = '', ...more] = lines.filter((one) => !isBlank(one));
  if (more.length === 0 && isUnaskedTalk(line, window)) refuseProse(lines);
  return placed(code, window);
}

/** Tells if words are changed within lines, as `git diff --word-diff` and editors of prose write it. */
function hasWordChanges(lines: readonly string[], window: Window): boolean {
  const isChange = (line: string): boolean => /\[-.*?-\]|\{\+.*?\+\}|\{--.*?--\}|\{\+\+.*?\+\+\}/.test(line);
  const pairs = lines.filter((line) => /\[-.*?-\]\s*\{\+.*?\+\}|\{--.*?--\}|\{\+\+.*?\+\+\}/.test(line));
  return pairs.length > 0 && !window.lines.some(isChange);
}

/** Tells if all lines of code are points of a list. */
function isStarred(lines: readonly string[], window: Window): boolean {
  const own = lines.filter((line) => !isBlank(line));
  const isPoint = (line: string): boolean => /^\s*[*•](?:\s|$)/.test(line);
  const isList = window.language.kind === 'code' && own.length > 1 && own.every(isPoint);
  return isList && balanceOf(window.before, window.language).inside === undefined;
}

/** Words behind a fence that say that the model calls something. */
const CALLS = new Set(['tool_code', 'tool_call', 'tool_calls', 'tool_use', 'function_call', 'tool_outputs']);

const fenced: Form = {
  name: 'fenced',
  read(answer) {
    const { window, segments } = answer;
    const blocks = blocksOf(answer);
    if (blocks.length === 0) return undefined;
    const headless = withoutOpening(answer);
    if (headless !== undefined) return headless;
    if (window.language.kind === 'prose' && !isAnswerBlock(blocks, window)) return undefined;
    const block = chosenBlock(segments, window);
    if (CALLS.has(languageWord(block.opening.info))) refuse(REASONS.call());
    if (isMarkdown(block.language) && block.opening.length === 3) {
      const { lines } = resolvedBlock(block, window);
      return ofCode({ lines, isClosed: true, isBlock: true }, window);
    }
    const code = closedLines(block);
    return ofCode({ ...code, isBlock: code.isClosed }, window);
  },
};

/** Tells if the only block of text for people is marked as such, so that it is the answer and not a part of it. */
function isAnswerBlock(blocks: readonly Block[], { language }: Window): boolean {
  return blocks.length === 1 && blocks[0]?.named === language;
}

/** Lines of a block whose only possible end stands within a string that was never closed. @throws Refused */
function closedLines({ lines, isClosed, inner }: Block): Code {
  if (inner.length === 0) return closedAtEnd(lines, isClosed);
  if (isClosed && inner.every(({ closing }) => closing === 'bare')) return { lines, isClosed };
  const [one] = inner;
  if (isClosed || inner.length > 1 || one === undefined || one.closing !== 'bare')
    return refuse(REASONS.fences());
  return { lines: lines.slice(0, one.at), isClosed: true };
}

/** A fence at the end of the last line of code. */
function closedAtEnd(lines: readonly string[], isClosed: boolean): Code {
  const last = lines.findLastIndex((line) => !isBlank(line));
  const line = (lines[last] ?? '').trimEnd();
  if (isClosed || !line.endsWith('```')) return { lines, isClosed };
  const text = line.replace(/`{3,}$/, '');
  return { lines: [...lines.slice(0, last), ...(text.trim() === '' ? [] : [text])], isClosed: true };
}

/** Code before a fence that closes what the prompt opened. */
function withoutOpening({ segments, window }: Answer): EditResult | undefined {
  const [before, block, ...more] = segments;
  if (before?.kind !== 'prose' || block?.kind !== 'block' || more.length > 0) return undefined;
  if (block.isClosed || block.opening.info !== '') return undefined;
  const glued = block.glued;
  const code = before.lines;
  const kinds = kindsOf(code, window.language, (line) => window.knows(line));
  const isCode = kinds.includes('code') && !kinds.includes('prose');
  const behind = kindsOf(block.lines, window.language, () => false);
  const isChatBehind = behind.every((kind) => kind === 'prose' || kind === 'blank');
  if (!isCode || !isChatBehind) {
    if (block.lines.every(isBlank) && (glued !== undefined || code.some((line) => !isBlank(line))))
      return window.language.kind === 'prose' ? undefined : refuseProse(code);
    return undefined;
  }
  return ofCode({ lines: code, isClosed: true }, window);
}

const tagged: Form = {
  name: 'tags',
  read({ lines, window }) {
    const inner = unwrapped(lines, window);
    return inner === undefined ? undefined : ofCode({ lines: inner, isClosed: true }, window);
  },
};

const inline: Form = {
  name: 'inline code',
  read({ lines, window }) {
    if (window.language.kind === 'prose') return undefined;
    const inner = inlineCode(lines, window);
    return inner === undefined ? undefined : ofCode({ lines: inner, isClosed: true }, window);
  },
};

const text: Form = {
  name: 'text for people',
  read({ lines, window }) {
    if (window.language.kind !== 'prose') return undefined;
    return ofCode({ lines: textLines(lines, window), isClosed: true }, window);
  },
};

const bare: Form = {
  name: 'bare code',
  read({ lines, window }) {
    const kind = kindOfChange(lines, window);
    if (kind === 'diff') return ofDiff(lines, window);
    return ofCode({ lines: bareCode(lines, window), isClosed: true }, window);
  },
};

export const FORMS: readonly Form[] = [
  cutOff,
  empty,
  call,
  searchReplace,
  unifiedDiff,
  fenced,
  tagged,
  inline,
  text,
  bare,
];

/** Reads an answer in the first form that knows it. @throws Refused */
export function readForms(answer: Answer): EditResult {
  for (const form of FORMS) {
    const result = form.read(answer);
    if (result !== undefined) return result;
  }
  return refuse(REASONS.prose());
}
