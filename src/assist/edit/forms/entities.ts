/** Characters that a model encoded for HTML: `a &lt; b`. */
import { REASONS, refuse } from '../result.ts';
import type { Window } from '../window.ts';

const ENTITY = /&(?:lt|gt|amp|quot|apos|#39|#x27|#34|nbsp);/;
const ALL = new RegExp(ENTITY.source, 'g');
const CHARACTERS: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#x27;': "'",
  '&#34;': '"',
  '&nbsp;': ' ',
};

/** Tells if a line may have encoded characters. */
export function hasEntities(line: string): boolean {
  return line.includes('&') && ENTITY.test(line);
}

function decoded(line: string): string {
  return line.replace(ALL, (entity) => CHARACTERS[entity] ?? entity);
}

function isInText({ language }: Window): boolean {
  return language.kind === 'markup' || language.kind === 'prose' || language.names.includes('tsx');
}

/**
 * Decodes lines in which everything is encoded.
 * @throws Refused if that cannot be told.
 */
export function withoutEntities(lines: readonly string[], window: Window): readonly string[] {
  if (!lines.some(hasEntities)) return lines;
  if (window.lines.some(hasEntities)) return lines;
  const isRaw = lines.some((line) => /[<>]|&(?![a-z#]\w*;)/.test(line));
  // Where some characters are not encoded, the others are so on purpose.
  if (isRaw) return lines;
  const isProven = lines.some((line) => hasEntities(line) && window.knows(decoded(line)));
  const isInCode = lines.some((line) => hasEntities(line.replace(/(["'`])(?:(?!\1).)*\1/g, '')));
  if (isProven || (isInCode && !isInText(window))) return lines.map(decoded);
  if (isInText(window) && window.language.kind !== 'markup' && !isInCode) return lines;
  if (!isInCode) return lines;
  return window.lines.some((line) => /[<>]/.test(line)) ? refuse(REASONS.encoded()) : lines;
}
