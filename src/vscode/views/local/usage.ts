/** The last row of the Local Models view: the room that everything above takes, and the folder. */
import * as vscode from 'vscode';
import { formatBytes } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import type { DiskUse } from '../../../session/index.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import { factsText } from '../../modelFacts.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { downloadsOf } from './download.ts';
import type { LocalRows } from './view.ts';

interface UsageNode {
  readonly kind: 'usage';
  readonly use: DiskUse;
}

export const usageRow: RowKind<UsageNode, LocalRows> = {
  kind: 'usage',
  top: async ({ models }, above) => {
    // Without any row the view shows its welcome.
    if (above.length === 0) return [];
    const use = await models.diskUse(above.flatMap((node) => downloadsOf(node)));
    return use === undefined ? [] : [{ kind: 'usage', use }];
  },
  item: ({ use: { modelBytes, downloadBytes, folder } }) =>
    treeRow({
      label: t('Disk Use'),
      id: 'usage',
      description: formatBytes(modelBytes + downloadBytes),
      words: ['usage'],
      command: 'ociModels.disk.show' satisfies CommandId,
      icon: new vscode.ThemeIcon('database'),
      tooltip: factsText([
        [t('Models'), formatBytes(modelBytes)],
        [t('Unfinished downloads'), formatBytes(downloadBytes)],
        [t('Folder'), folder],
      ]),
    }),
};
