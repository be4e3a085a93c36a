/** The names that lines declare, as far as their form tells in most languages. */

import { indentOf, isBlank } from '../window.ts';
import type { Language } from './languages.ts';
import { Lexer } from './lexer.ts';

const WORD =
  /^(?:[\w@[\]"()]+\s+){0,5}?(?:function\*?|def|class|func|fn|fun|sub|interface|struct|enum|trait|impl|module|namespace|object|record|proc|procedure|protocol|extension|macro_rules!)\s+(?:\([^)]*\)\s*)?([\p{L}_$][\p{L}\p{N}_$.]*)/u;
const HEAD =
  /^(?:[\w:<>,*&[\].?@]+\s+)*[*&]*~?([\p{L}_$][\p{L}\p{N}_$]*)\s*\((?:[^;"'`=]|=(?!>))*\)\s*(?:const\s*)?(?:throws [\w, .]+|:\s*[\w<>[\]|., ]+|->\s*[^{]+)?(?:\{(?:\s*|.*\}\s*)|=>[^;]*;\s*)$/u;
const SQL =
  /^create\s+(?:or\s+replace\s+)?(?:\w+\s+)??(?:table|view|function|procedure|index|trigger)\s+(?:if\s+not\s+exists\s+)?["`]?([\w.]+)/i;
const TARGET = /^([\w.%/-]+)\s*:(?!=)/;
const CONTROL = new Set(
  'if for while switch catch return else do try with elif match until unless foreach when using lock synchronized function'.split(
    ' ',
  ),
);
/** Names that many classes of one file have. */
const COMMON = new Set('constructor __init__ tostring render main setup run'.split(' '));

function nameOf(line: string, language: Language): string | undefined {
  const text = line.trim().slice(0, 300);
  if (language.kind === 'prose' || language.kind === 'data') return undefined;
  if (language.names.includes('sql')) return SQL.exec(text)?.[1];
  if (language.names.includes('makefile')) return indentOf(line) === '' ? TARGET.exec(text)?.[1] : undefined;
  if (language.kind === 'markup') return undefined;
  const name = WORD.exec(text)?.[1] ?? HEAD.exec(text)?.[1];
  return name === undefined || CONTROL.has(name) ? undefined : name;
}

/** A function or class, with what belongs to its name, as Go's receivers do. */
const DEFINITION =
  /^(?:(?:export|default|async|static|pub(?:\([^)]*\))?|public|private|protected)\s+)*((?:function\*?|def|fn|func|class)\s+(?:\([^)]*\)\s*)?[\p{L}_$][\p{L}\p{N}_$.]*)/u;
/** Languages in which several functions of a name stand beside each other. */
const OVERLOADING = ['java', 'cpp', 'julia', 'elixir', 'haskell', 'erlang', 'unknown', 'sql', 'ocaml'];

/** Lines with text that begin outside of strings and comments, and if they are not deeper than the first one. */
function* linesOfCode(lines: readonly string[], language: Language) {
  const lexer = new Lexer(language);
  const base = indentOf(lines.find((line) => !isBlank(line)) ?? '').length;
  for (const line of lines) {
    const { inside } = lexer;
    lexer.take(line);
    if (inside === undefined && !isBlank(line)) yield { line, isAtBase: indentOf(line).length <= base };
  }
}

/** Returns how often lines define each function and class, at the depth of the first line. */
export function definitionsOf(lines: readonly string[], language: Language): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (language.kind !== 'code' || OVERLOADING.some((name) => language.names.includes(name))) return counts;
  let before = '';
  for (const { line, isAtBase } of linesOfCode(lines, language)) {
    const isMarked = /^\s*(?:@|#\[)/.test(before);
    before = line;
    // A signature without a body, and what its decorator or attribute makes another one.
    if (isMarked || !isAtBase || /;\s*$/.test(line)) continue;
    const name = DEFINITION.exec(line.trim().slice(0, 300))?.[1]?.replace(/\s+/g, ' ');
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/**
 * Returns the names that lines declare.
 * @param atBase only those of lines that are not deeper than the first one.
 * @param hasCommon with names that many classes of one file have.
 */
export function declaredNames(
  lines: readonly string[],
  language: Language,
  atBase: boolean,
  hasCommon = false,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { line, isAtBase } of linesOfCode(lines, language)) {
    if (atBase && !isAtBase) continue;
    const name = nameOf(line, language);
    if (name !== undefined && (hasCommon || !COMMON.has(name.toLowerCase()))) names.add(name);
  }
  return names;
}
