/** Refuses lines that import something in the middle of a file: imports belong to its top, which the answer does not have. */

import { declaredNames } from '../code/declarations.ts';
import { isCommentLine } from '../code/words.ts';
import { REASONS, refuse } from '../result.ts';
import { indentOf, isBlank, type Window } from '../window.ts';

const IMPORT =
  /^(?:import\b(?!\s*\()|from\s+[\w.]+\s+import\b|use\s+[\w:\\{]|#\s*include\b|using\s+[\w.]+\s*;|require(?:_relative)?\s+['"])/;
/** Lines among imports, and above them. */
const BESIDE = /^(?:package\b|module\b|['"]use \w+['"]|#|<\?|\)|\}\s*from\b|.*["']{3}\s*$)/;

/** @throws Refused if the lines import something behind the imports of the file. */
export function checkImports(lines: readonly string[], { original, before, after, language }: Window): void {
  const isImport = (line: string): boolean => IMPORT.test(line.trim());
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
