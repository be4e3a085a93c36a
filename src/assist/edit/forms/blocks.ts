/** Chooses the block of code that is the answer, among those that a model shows. */

import { isForOutput, isForTerminal, isMarkdown, type Language } from '../code/languages.ts';
import { likenessOf, sharedWords } from '../code/words.ts';
import { REASONS, refuse } from '../result.ts';
import { type Block, languageWord, type Segment } from '../segments.ts';
import { filled, isBlank, type Window } from '../window.ts';
import { isDiffInfo } from './unifiedDiff.ts';
import { opensTag } from './wrapped.ts';

const OLD_LABEL =
  /\b(?:before|original|old|current|existing|previous(?:ly)?|was|instead of|selected|change this|replace this|find)\b[^.]{0,40}$/i;
const NEW_LABEL =
  /\b(?:after|updated?|new|modified|fixed|corrected|refactored|revised|changed|improved|with|becomes?|final|complete|result)\b[^.]{0,40}$/i;
const ASIDE_LABEL =
  /\b(?:usage|example|examples|test(?:s| it)?|run|output|install|installation|command|call it|use it|how to use|try)\b[^.]{0,60}$/i;

/** A block, with the last line of text before it. */
interface Labelled {
  readonly block: Block;
  readonly label: string;
}

/** Tells if the text before a block says that it is the old code. */
export function isOldLabel(label: string): boolean {
  return OLD_LABEL.test(label) && !NEW_LABEL.test(label);
}

/** Tells if the text before a block says that it only shows how to use or run the code. */
export function isAsideLabel(label: string): boolean {
  return ASIDE_LABEL.test(label) && !NEW_LABEL.test(label);
}

/** Returns the blocks with the texts before them. */
export function labelled(segments: readonly Segment[]): readonly Labelled[] {
  return segments.flatMap((segment, index): Labelled[] => {
    if (segment.kind !== 'block') return [];
    const before = segments[index - 1];
    const lines = before?.kind === 'prose' ? before.lines : [];
    return [
      { block: segment, label: labelOf(segment.glued ?? lines.findLast((line) => !isBlank(line)) ?? '') },
    ];
  });
}

/** The text of a line before a block, without its colon and emphasis. */
export function labelOf(line: string): string {
  return line
    .trim()
    .slice(-200)
    .replace(/[*:_\s]+$/, '');
}

/** Tells if a block can be the document's, by its language. */
export function isOfLanguage(block: Block, language: Language): boolean {
  const { named } = block;
  return named === undefined || named === language || isDiffInfo(languageWord(block.opening.info));
}

function isEmpty({ lines }: Block): boolean {
  return lines.every(isBlank);
}

function sameKeys(one: readonly string[], other: readonly string[]): boolean {
  const keys = filled(one).keys;
  const others = filled(other).keys;
  return keys.length === others.length && keys.every((key, index) => key === others[index]);
}

/** Tells if a block shows lines of the document, and nothing else. */
export function isShownBlock({ lines }: Block, window: Window): boolean {
  if (lines.every(isBlank)) return false;
  if (!window.isInsertion && sameKeys(lines, window.original)) return true;
  const { keys } = filled(lines);
  const before = filled(window.before).keys.slice(-keys.length);
  const after = filled(window.after).keys.slice(0, keys.length);
  return [before, after].some(
    (known) => known.length === keys.length && known.every((key, index) => key === keys[index]),
  );
}

/** Keeps what a test leaves, unless it leaves nothing. */
function unlessAll(blocks: readonly Labelled[], keeps: (one: Labelled) => boolean): readonly Labelled[] {
  const kept = blocks.filter(keeps);
  return kept.length === 0 ? blocks : kept;
}

/**
 * Chooses the block.
 * @throws Refused if several can be it, or none.
 */
export function chosenBlock(segments: readonly Segment[], window: Window): Block {
  const all = labelled(segments);
  const filledBlocks =
    all.length > 1 ? unlessAll(all, ({ block }) => !isEmpty(block) || block.isClosed) : all;
  let blocks = filledBlocks;
  if (blocks.length > 1) {
    const fresh = blocks.filter(({ block }) => !isShownBlock(block, window));
    const [shown] = blocks;
    if (fresh.length === 0 && shown !== undefined)
      return blocks.find(({ block }) => sameKeys(block.lines, window.original))?.block ?? shown.block;
    blocks = fresh;
    blocks = unlessAll(blocks, ({ block }) => isOfLanguage(block, window.language));
    blocks = unlessAll(blocks, ({ block }) => !isAsideLanguage(block, window));
    blocks = unlessAll(blocks, ({ label }) => !isAsideLabel(label));
    if (blocks.some(({ label }) => NEW_LABEL.test(label) && !OLD_LABEL.test(label)))
      blocks = unlessAll(blocks, ({ label }) => !isOldLabel(label));
    const [first] = blocks;
    if (first !== undefined && blocks.every(({ block }) => sameKeys(block.lines, first.block.lines)))
      blocks = [first];
  }
  const [chosen] = blocks;
  if (chosen === undefined || blocks.length > 1) refuse(REASONS.several(blocks.length));
  // An empty block means that nothing shall remain; several of them mean nothing.
  if (isEmpty(chosen.block) && all.filter(({ block }) => isEmpty(block)).length > 1)
    refuse(REASONS.several(all.length));
  checkLanguage(chosen.block, window);
  return chosen.block;
}

function isAsideLanguage({ named }: Block, window: Window): boolean {
  return named !== undefined && named !== window.language && (isForTerminal(named) || isForOutput(named));
}

/** Tells if code would become data, or a page with tags, whose signs and words are often the same. */
function isForeignKind(named: Language, lines: readonly string[], window: Window): boolean {
  if (window.language.kind !== 'code' || window.isInsertion) return false;
  // Tags around the answer are read later.
  if (opensTag(lines.find((line) => !isBlank(line)) ?? '')) return false;
  if (named.kind === 'markup') return lines.some((line) => /^\s*<\w/.test(line)) && !window.contains('<');
  return named.kind === 'data' && likenessOf(window.original, lines) < 0.4;
}

/** Refuses a block of another language that has nothing in common with the document. */
function checkLanguage(block: Block, window: Window): void {
  const { named, lines } = block;
  if (isOfLanguage(block, window.language) || named === undefined) return;
  if (isForOutput(named) || isMarkdown(named)) return;
  if (isForeignKind(named, lines, window)) refuse(REASONS.language(languageWord(block.opening.info)));
  if (lines.some((line) => !isBlank(line) && window.knows(line))) return;
  // Commands name files, whose signs are those of imports.
  const likeness = isForTerminal(named)
    ? Math.min(likenessOf(window.original, lines), likenessOf(lines, window.original))
    : sharedWords(window.original, lines);
  if (!window.isInsertion && likeness >= 0.4) return;
  if (!isForTerminal(named) && window.language.kind !== 'code' && window.language.kind !== 'data') return;
  refuse(REASONS.language(languageWord(block.opening.info)));
}
