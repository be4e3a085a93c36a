/** The last row of the Local Models view: the room that everything above takes, and the folder. */
import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import type { DiskUse } from '../../session/index.ts';
import { factsText } from '../modelFacts.ts';
import { treeRow } from './row.ts';

export function usageItem({ modelBytes, downloadBytes, folder }: DiskUse): vscode.TreeItem {
  return treeRow({
    label: vscode.l10n.t('Disk Use'),
    id: 'usage',
    description: formatBytes(modelBytes + downloadBytes),
    words: ['usage'],
    icon: new vscode.ThemeIcon('database'),
    tooltip: factsText([
      [vscode.l10n.t('Models'), formatBytes(modelBytes)],
      [vscode.l10n.t('Unfinished downloads'), formatBytes(downloadBytes)],
      [vscode.l10n.t('Folder'), folder],
    ]),
  });
}
