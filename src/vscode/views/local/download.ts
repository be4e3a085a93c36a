/** Unfinished downloads: a row that all of them are under, and a row for each. */
import * as vscode from 'vscode';
import { formatAge, formatByteProgress } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import { type Download, lastPart, type ShortLabel } from '../../../library/index.ts';
import { familiarReference, shortDigest } from '../../../oci/index.ts';
import { type Row, treeRow } from '../row.ts';
import type { RowKind, RowNode } from '../rowKind.ts';
import type { LocalRows } from './view.ts';

interface DownloadsNode {
  readonly kind: 'downloads';
  readonly downloads: readonly Download[];
}

interface DownloadNode {
  readonly kind: 'download';
  readonly download: Download;
}

const MINUTE_MS = 60_000;

/** The model's short reference, or the beginning of a digest. */
export function downloadName({ id, reference }: Download): string {
  return reference === undefined ? shortDigest(id) : familiarReference(reference);
}

/** The downloads that a row stands for; none if it is another one. */
export function downloadsOf(node: RowNode | DownloadsNode): readonly Download[] {
  return 'downloads' in node ? node.downloads : [];
}

/** The label of a download's row, and the place that it comes from if the whole name is longer. */
export function downloadLabel(download: Download): ShortLabel {
  const name = downloadName(download);
  const label = lastPart(name);
  const origin = name.slice(0, -label.length - 1);
  // `ollama://qwen3:4b` is short.
  return origin === '' || origin.endsWith('/') ? { label: name } : { label, origin };
}

export const downloadsRow: RowKind<DownloadsNode, LocalRows, DownloadNode> = {
  kind: 'downloads',
  top: async ({ models }) => {
    const downloads = await models.downloads();
    return downloads.length === 0 ? [] : [{ kind: 'downloads', downloads }];
  },
  item: ({ downloads }) =>
    treeRow({
      label: t('Unfinished Downloads'),
      expanded: true,
      id: 'downloads',
      description: `${downloads.length}`,
      words: ['downloads'],
      tooltip: t('Partial downloads are kept for a week and can be resumed.'),
    }),
  children: async ({ downloads }) => downloads.map((download) => ({ kind: 'download', download })),
};

export const downloadRow: RowKind<DownloadNode, LocalRows> = {
  kind: 'download',
  item: ({ download }) => {
    const { size, doneBytes, active, id } = download;
    const { label, origin } = downloadLabel(download);
    const parts = [formatByteProgress(doneBytes, size), stateText(download), origin];
    const description = parts.filter((part) => part !== undefined).join(' · ');
    return treeRow({
      label,
      id: `download ${id}`,
      description,
      words: wordsOf(download),
      icon: new vscode.ThemeIcon(active === undefined ? 'debug-pause' : 'cloud-download'),
      tooltip: `${id}\n${description}`,
    });
  },
};

function stateText({ active, updatedAt, beginsAgain }: Download): string {
  switch (active) {
    case 'this-process':
      return t('downloading');
    case 'another':
      return t('downloading in another window');
    case undefined: {
      const ageMs = Date.now() - updatedAt;
      const age = ageMs < MINUTE_MS ? t('just now') : formatAge(ageMs, vscode.env.language);
      return beginsAgain ? t('paused {0}, starts over', age) : t('paused {0}', age);
    }
  }
}

function wordsOf({ active, reference }: Download): Row['words'] {
  if (active !== undefined) return ['download', 'running', active === 'this-process' && 'pausable'];
  return ['download', 'stopped', reference !== undefined && 'resumable'];
}
