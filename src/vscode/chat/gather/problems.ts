/** Problems that languages report, as lines of text. */
import * as vscode from 'vscode';
import { singleLine } from '../../../base/text.ts';

/** Number of problems that a question takes along; the first ones often cause the others. */
const MAX_PROBLEMS = 10;
const MAX_MESSAGE = 300;
const SEVERITIES = ['error', 'warning', 'information', 'hint'] as const;

/** `line 9: error: Cannot find name 'x'. (2304)`, errors first. */
export function problemLines(diagnostics: readonly vscode.Diagnostic[]): string[] {
  return diagnostics
    .toSorted((a, b) => a.severity - b.severity || a.range.start.line - b.range.start.line)
    .slice(0, MAX_PROBLEMS)
    .map(({ range, severity, message, code }) => {
      const value = typeof code === 'object' ? code.value : code;
      const suffix = value === undefined ? '' : ` (${value})`;
      return `line ${range.start.line + 1}: ${SEVERITIES[severity] ?? 'error'}: ${singleLine(message, MAX_MESSAGE)}${suffix}`;
    });
}

/** Returns the problems in lines of a document, or all errors of it if there are none in them. Hints do not count. */
export function problemsAt(uri: vscode.Uri, first: number, last: number): vscode.Diagnostic[] {
  const all = vscode.languages
    .getDiagnostics(uri)
    .filter(({ severity }) => severity !== vscode.DiagnosticSeverity.Hint);
  const here = all.filter(({ range }) => range.start.line <= last && range.end.line >= first);
  if (here.length > 0) return here;
  return all.filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
}
