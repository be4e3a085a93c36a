/** Looks after an accepted edit if the language finds new errors in its lines, and offers to undo or to fix them. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { singleLine } from '../../base/text.ts';
import { showInfo, showWarning } from '../window/notify.ts';
import { pathOf } from './documents.ts';
import { newErrors, type ReportedError } from './newErrors.ts';

/** Milliseconds in which a language reports. */
const PATIENCE_MS = 3_000;
/** Longest quotation of an error, in characters. */
const MAX_ERROR = 200;

/** Asks for another edit of lines. */
export type FixLines = (
  document: vscode.TextDocument,
  lines: readonly [first: number, last: number],
  instruction: string,
) => Promise<unknown>;

/** The check of one edit: it is made before Accept, and told the lines afterwards. */
export class EditCheck {
  readonly #document: vscode.TextDocument;
  readonly #before: readonly ReportedError[];
  readonly #fix: FixLines;

  constructor(document: vscode.TextDocument, fix: FixLines) {
    this.#document = document;
    this.#before = errorsOf(document);
    this.#fix = fix;
  }

  /**
   * Waits for new errors, until something else changes.
   * @param edited first and last line of the edit, zero-based.
   */
  watch(edited: readonly [first: number, last: number]): void {
    const document = this.#document;
    const { version } = document;
    const end = (): void => {
      clearTimeout(timer);
      vscode.Disposable.from(...subscriptions).dispose();
    };
    const timer = setTimeout(end, PATIENCE_MS);
    const subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === document && event.contentChanges.length > 0) end();
      }),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        if (!uris.some((uri) => uri.toString() === document.uri.toString())) return;
        const found = newErrors(this.#before, errorsOf(document), edited);
        if (found.length === 0) return;
        end();
        void this.#offer(found, edited, version);
      }),
    ];
  }

  async #offer(
    found: readonly ReportedError[],
    edited: readonly [first: number, last: number],
    version: number,
  ): Promise<void> {
    const [undo, fix] = [t('Undo'), t('Fix')];
    const name = pathOf(this.#document);
    const error = singleLine(found[0]?.message ?? '', MAX_ERROR);
    const message =
      found.length === 1
        ? t('The edit of {0} leads to an error: {1}', name, error)
        : t('The edit of {0} leads to {1} errors, for example: {2}', name, found.length, error);
    const picked = await showWarning(message, undo, fix);
    if (picked === undefined) return;
    if (this.#document.isClosed || this.#document.version !== version) {
      void showInfo(t('{0} was changed since the edit. Undo the changes with the editor.', name));
      return;
    }
    if (picked === undo) {
      await vscode.window.showTextDocument(this.#document);
      await vscode.commands.executeCommand('undo');
      return;
    }
    const errors = found.map((one) => singleLine(one.message, MAX_ERROR)).join('\n');
    await this.#fix(this.#document, edited, `Fix this error: ${errors}`);
  }
}

function errorsOf({ uri }: vscode.TextDocument): ReportedError[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error)
    .map(({ message, range }) => ({ message, first: range.start.line, last: range.end.line }));
}
