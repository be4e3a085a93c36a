/** The row that says what failed, in any view. Its words give it the Retry action. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { asksForSignIn, explain } from '../window/errors.ts';
import { treeRow } from './row.ts';
import type { RowKind, RowNode } from './rowKind.ts';

export interface ErrorNode {
  readonly kind: 'error';
  readonly message: string;
  /** The registry that a sign-in may help with. */
  readonly registry: string | undefined;
  /** The row whose rows are asked for again by Retry; undefined for the whole view. */
  readonly parent: RowNode | undefined;
}

/** A failure in the words of a row or a tooltip. */
export function errorText(error: unknown): string {
  return explain(error)?.message ?? t('Canceled.');
}

/** @param parent the row whose rows could not be had; undefined for the whole view. */
export function errorNode(error: unknown, parent?: RowNode): ErrorNode {
  const registry = asksForSignIn(error) ? error.registry : undefined;
  return { kind: 'error', message: errorText(error), registry, parent };
}

export const errorRow: RowKind<ErrorNode, unknown> = {
  kind: 'error',
  item: ({ message, registry }) =>
    treeRow({
      label: message,
      words: ['error', registry !== undefined && 'signIn'],
      icon: new vscode.ThemeIcon('error', new vscode.ThemeColor('errorForeground')),
      tooltip: message,
    }),
  opens: ({ registry }): CommandId =>
    registry === undefined ? 'ociModels.view.retry' : 'ociModels.registry.signIn',
};
