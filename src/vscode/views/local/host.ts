/** Says beside the title of the Local Models view where its models are, if the editor is connected to another machine. */
import { hostname } from 'node:os';
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { plainText } from '../../../base/text.ts';

/** @param name of the machine that this code runs on. Defaults to that of the system. */
export function showHost(
  view: Pick<vscode.TreeView<unknown>, 'description'>,
  name: string = hostname(),
): void {
  if (vscode.env.remoteName !== undefined && name !== '') view.description = plainText(t('on {0}', name));
}
