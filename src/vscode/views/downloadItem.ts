/** The rows of unfinished downloads in the Local Models view. */
import * as vscode from 'vscode';
import { formatAge, formatByteProgress } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import type { Download } from '../../library/index.ts';
import { familiarReference, shortDigest } from '../../oci/index.ts';
import { type Row, treeRow } from './row.ts';

/** The model's short reference, or the beginning of a digest. */
export function downloadName({ id, reference }: Download): string {
  return reference === undefined ? shortDigest(id) : familiarReference(reference);
}

/** The row that all downloads are under. */
export function downloadsItem(downloads: readonly Download[]): vscode.TreeItem {
  return treeRow({
    label: t('Unfinished Downloads'),
    collapsible: true,
    id: 'downloads',
    description: `${downloads.length}`,
    words: ['downloads'],
    tooltip: t('What was downloaded of models is kept for a week, and a pull goes on from there.'),
  });
}

export function downloadItem(download: Download): vscode.TreeItem {
  const name = downloadName(download);
  const { size, doneBytes, active, id } = download;
  const description = `${formatByteProgress(doneBytes, size)} · ${stateText(download)}`;
  return treeRow({
    label: name,
    id: `download ${id}`,
    description,
    words: wordsOf(download),
    icon: new vscode.ThemeIcon(active === undefined ? 'debug-pause' : 'cloud-download'),
    tooltip: `${id}\n${description}`,
  });
}

function stateText({ active, updatedAt, beginsAgain }: Download): string {
  switch (active) {
    case 'this-process':
      return t('downloading');
    case 'another':
      return t('downloading in another window');
    case undefined: {
      const age = formatAge(Date.now() - updatedAt, vscode.env.language);
      return beginsAgain ? t('stopped {0}, begins again', age) : t('stopped {0}', age);
    }
  }
}

function wordsOf({ active, reference }: Download): Row['words'] {
  if (active !== undefined) return ['download', 'running'];
  return ['download', 'stopped', reference !== undefined && 'resumable'];
}
