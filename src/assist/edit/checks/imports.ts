/** Refuses lines that import something in the middle of a file: imports belong to its top, which the answer does not have. */

import { declaredNames } from '../code/declarations.ts';
import { isCommentLine } from '../code/words.ts';
import { REASONS, refuse } from '../result.ts';
import { indentOf, isBlank, type Window } from '../window.ts';
import { asksForImports } from '../wording/intent.ts';

const IMPORT =
  /^(?:import\b(?!\s*[(.])|from\s+[\w.]+\s+import\b|use\s+[\w:\\{]|#\s*include\b|using\s+[\w.]+\s*;|require(?:_relative)?\s+['"])/;
/** Languages in which a line with `import` or `use` is a command like any other. */
const COMMANDS = ['shell', 'sql'];
/** Languages in which `use` within a class or a module is a part of it, such as a trait. */
const PARTS = ['php', 'elixir'];
/** Lines among imports, and above them. */
const BESIDE = /^(?:package\b|module\b|['"]use \w+['"]|#|<\?|\)|\}\s*from\b|.*["']{3}\s*$)/;

/** @throws Refused if the lines import something behind the imports of the file, and nobody asked for it. */
export function checkImports(lines: readonly string[], window: Window): void {
  const { original, before, after, language, instruction } = window;
  const isAnyOf = (names: readonly string[]): boolean => names.some((name) => language.names.includes(name));
  if (isAnyOf(COMMANDS) || asksForImports(instruction)) return;
  const hasParts = isAnyOf(PARTS);
  const isImport = (line: string): boolean =>
    IMPORT.test(line.trim()) && !(hasParts && /^\s+use\b/.test(line));
  const own = original.find((line) => !isBlank(line));
  if (language.kind !== 'code' || own === undefined || original.some(isImport)) return;
  const base = indentOf(lines.find((line) => !isBlank(line)) ?? '').length;
  if (!lines.some((line) => isImport(line) && indentOf(line).length <= base)) return;
  const above = before.findLast((line) => !isBlank(line));
  const isTop =
    above === undefined ||
    isImport(above) ||
    BESIDE.test(above) ||
    isCommentLine(above, language) ||
    after.some((line) => isImport(line) && indentOf(line) === '');
  // Functions may import what they need, classes and the like may not.
  const isBody = indentOf(own) !== '' && declaredNames(original, language, true, true).size === 0;
  if (!isTop && !isBody) refuse(REASONS.outside());
}
