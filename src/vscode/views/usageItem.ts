/** The last row of the Local Models view: the room that everything above takes, and the folder. */
import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import type { DiskUse } from '../../session/index.ts';
import { factsText } from '../modelFacts.ts';
import { treeRow } from './row.ts';

export function usageItem({ modelBytes, downloadBytes, folder }: DiskUse): vscode.TreeItem {
  return treeRow({
    label: t('Disk Use'),
    id: 'usage',
    description: formatBytes(modelBytes + downloadBytes),
    words: ['usage'],
    icon: new vscode.ThemeIcon('database'),
    tooltip: factsText([
      [t('Models'), formatBytes(modelBytes)],
      [t('Unfinished downloads'), formatBytes(downloadBytes)],
      [t('Folder'), folder],
    ]),
  });
}
