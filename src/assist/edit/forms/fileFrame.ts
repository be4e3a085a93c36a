/**
 * Lines that only a whole file, object or rule has around its content. Models put them around a part of one; in the
 * middle of a document they would end it, nest it, or turn it into something else.
 */
import { REASONS, refuse } from '../result.ts';
import { indentOf, isBlank, keyOf, type Window } from '../window.ts';

const PACKAGE = /^package\s+[\w.]+\s*;?$/;
const PHP_TAG = /<\?(?:php|=)|\?>/g;
const JSON_MEMBER = /^"(?:[^"\\]|\\.)*"\s*:/;
const CSS_DECLARATION = /^(?:--)?[\w-]+\s*:[^{}]*;?$/;
const CSS_RULE = /^[^&@{}]*\{$/;

/** Tells if the selected lines are code of PHP, and not text around it. */
function isWithinPhp({ before, original, language }: Window): boolean {
  if (!language.names.includes('php')) return false;
  if (original.some((line) => line.search(PHP_TAG) >= 0 || /^\s*</.test(line))) return false;
  const last = before.flatMap((line) => line.match(PHP_TAG) ?? []).at(-1);
  return last === undefined ? !before.some((line) => /^\s*<\w/.test(line)) : last !== '?>';
}

/** Tells if a line can only be the first one of a file, and the document has others before its place. */
export function isHead(line: string, window: Window): boolean {
  const { names } = window.language;
  if (!window.before.some((known) => !isBlank(known)) || window.replaces(line)) return false;
  if (line.startsWith('#!/')) return window.language.lineComments.includes('#');
  if (keyOf(line) === '<?php') return isWithinPhp(window);
  // A new document of YAML may be inserted.
  return names.includes('yaml') && line.trimEnd() === '---' && !window.isInsertion;
}

/** Leaves out the first line of a file, and the tag at the end of one of PHP. Returns the same lines if there are none. */
export function withoutHead(lines: readonly string[], window: Window): readonly string[] {
  const first = lines.findIndex((line) => !isBlank(line));
  const last = lines.findLastIndex((line) => !isBlank(line));
  if (first === last) return lines;
  const from = isHead(lines[first] ?? '', window) ? first + 1 : 0;
  const isTail = keyOf(lines[last] ?? '') === '?>' && isWithinPhp(window);
  const tags = isTail ? lines.slice(from, last).flatMap((line) => line.match(PHP_TAG) ?? []) : [];
  // The tag closes what the answer opened behind a part of HTML.
  const to = isTail && tags.length === 0 ? last : lines.length;
  return from === 0 && to === lines.length ? lines : lines.slice(from, to);
}

/**
 * Refuses lines that would stand as a whole file or object within another one.
 * @param lines those that replace the original ones.
 */
export function checkFrame(lines: readonly string[], window: Window): void {
  const { names } = window.language;
  const first = lines.find((line) => !isBlank(line));
  if (first === undefined) return;
  const own = window.original.find((line) => !isBlank(line));
  const hasBefore = window.before.some((line) => !isBlank(line));
  const isClause = names.some((name) => name === 'go' || name === 'java') && PACKAGE.test(keyOf(first));
  if (isClause && hasBefore && !window.replaces(first)) refuse(REASONS.outside());
  if (own === undefined) return;
  if (names.includes('json') && JSON_MEMBER.test(keyOf(own)) && /^[[{]/.test(keyOf(first)))
    refuse(REASONS.unclear());
  if (names.includes('css') && isRuleForDeclarations(lines, window)) refuse(REASONS.outside());
}

/** Tells if declarations would become a rule within their rule. */
function isRuleForDeclarations(lines: readonly string[], { original }: Window): boolean {
  const isDeclaration = (line: string): boolean => CSS_DECLARATION.test(keyOf(line));
  const own = original.filter((line) => !isBlank(line));
  const filled = lines.filter((line) => !isBlank(line));
  const base = indentOf(filled[0] ?? '');
  const hasOwn = filled.some((line) => indentOf(line) === base && isDeclaration(line));
  return own.every(isDeclaration) && !hasOwn && CSS_RULE.test(keyOf(filled[0] ?? ''));
}
