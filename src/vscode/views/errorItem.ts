/** The row that says what failed. Its context value gives it the Retry action. */
import * as vscode from 'vscode';
import { explain } from '../window/errors.ts';
import { treeRow } from './row.ts';

/** What a row says of a failure. */
export function errorText(error: unknown): string {
  return explain(error)?.message ?? vscode.l10n.t('Cancelled.');
}

/** @param contextValue sorted words joined by `;`, `error` among them. */
export function errorItem(message: string, contextValue = 'error'): vscode.TreeItem {
  return treeRow({
    label: message,
    contextValue,
    icon: new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground')),
    tooltip: message,
  });
}
