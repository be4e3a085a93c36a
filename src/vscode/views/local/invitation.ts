/**
 * Rows that lead to a first model while nothing but unfinished downloads are in the view: VS Code shows the view's
 * welcome, which has buttons for it, only while there is no row at all.
 */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import { treeRow } from '../row.ts';
import type { RowKind, RowNode } from '../rowKind.ts';
import type { LocalRows } from './view.ts';

interface InvitationNode {
  readonly kind: 'invitation';
  readonly to: 'setUp' | 'pull';
}

const ROWS: readonly InvitationNode[] = [
  { kind: 'invitation', to: 'setUp' },
  { kind: 'invitation', to: 'pull' },
];

const COMMANDS: Readonly<Record<InvitationNode['to'], CommandId>> = {
  setUp: 'ociModels.setup.start',
  pull: 'ociModels.model.pull',
};

export const invitationRow: RowKind<InvitationNode, LocalRows> = {
  kind: 'invitation',
  top: ({ models }, above: readonly RowNode[]) => {
    const isFirst = above.length > 0 && above.every(({ kind }) => kind === 'downloads');
    return isFirst && models.endpoints().length === 0 ? ROWS : [];
  },
  item: ({ to }) =>
    treeRow({
      label: to === 'setUp' ? t('Set Up Local Coding Help') : t('Pull a Model…'),
      id: `invitation ${to}`,
      words: ['invitation'],
      icon: new vscode.ThemeIcon(to === 'setUp' ? 'rocket' : 'cloud-download'),
      command: COMMANDS[to],
      tooltip:
        to === 'setUp'
          ? t('Proposes models that suit this machine, which are downloaded after you agree.')
          : t('Asks for a name, or suggests models.'),
    }),
};
