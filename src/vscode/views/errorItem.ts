/** The row that says what failed. Its context value gives it the Retry action. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { RowWord } from '../commands/when.ts';
import { explain } from '../window/errors.ts';
import { treeRow } from './row.ts';

/** What a row says of a failure. */
export function errorText(error: unknown): string {
  return explain(error)?.message ?? t('Cancelled.');
}

/** @param words those that the row has beside `error`. */
export function errorItem(message: string, ...words: readonly RowWord[]): vscode.TreeItem {
  return treeRow({
    label: message,
    words: ['error', ...words],
    icon: new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground')),
    tooltip: message,
  });
}
