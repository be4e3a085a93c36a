/** Unfinished downloads: a row that all of them are under, and a row for each. */
import * as vscode from 'vscode';
import { formatAge, formatByteProgress } from '../../../base/format.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import { type Download, lastPart, type ShortLabel } from '../../../library/index.ts';
import { familiarReference, formatReference, type Reference, shortDigest } from '../../../oci/index.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import { type Row, treeRow } from '../row.ts';
import type { RowKind, RowNode } from '../rowKind.ts';
import type { LocalRows } from './view.ts';

interface DownloadsNode {
  readonly kind: 'downloads';
  readonly downloads: readonly Download[];
  /** Models that wait for other downloads, the next one first. */
  readonly waiting: readonly WaitingDownload[];
}

/** A model that waits for other downloads. */
export interface WaitingDownload {
  readonly reference: Reference;
  /** 1 for the next one. */
  readonly position: number;
  /** Its download that was stopped before. Undefined if nothing of it is here. */
  readonly kept?: Download | undefined;
}

interface WaitingNode extends WaitingDownload {
  readonly kind: 'waiting';
}

interface DownloadNode {
  readonly kind: 'download';
  readonly download: Download;
}

const MINUTE_MS = 60_000;

/** Splits downloads into those that wait, in their order, and the others. */
export function withWaiting(
  downloads: readonly Download[],
  references: readonly Reference[],
): { readonly waiting: readonly WaitingDownload[]; readonly others: readonly Download[] } {
  const ids = references.map((reference) => formatReference(reference));
  const waiting = references.map((reference, index) => ({
    reference,
    position: index + 1,
    kept: downloads.find(({ id }) => id === ids[index]),
  }));
  return { waiting, others: downloads.filter(({ id }) => !ids.includes(id)) };
}

const ORDINALS: Readonly<Record<string, (position: number) => Localized>> = {
  one: (position) => t('{0}st in the queue', position),
  two: (position) => t('{0}nd in the queue', position),
  few: (position) => t('{0}rd in the queue', position),
};
const ENGLISH = new Intl.PluralRules('en', { type: 'ordinal' });

/** `2nd in the queue`. @param position 1 for the next one. */
export function positionText(position: number): Localized {
  return ORDINALS[ENGLISH.select(position)]?.(position) ?? t('{0}th in the queue', position);
}

/** The model's short reference, or the beginning of a digest. */
export function downloadName({ id = '', reference }: Partial<Pick<Download, 'id' | 'reference'>>): string {
  return reference === undefined ? shortDigest(id) : familiarReference(reference);
}

/** The downloads that a row stands for; none if it is another one. */
export function downloadsOf(node: RowNode | DownloadsNode): readonly Download[] {
  return 'downloads' in node ? node.downloads : [];
}

/** The label of a download's row, and the place that it comes from if the whole name is longer. */
export function downloadLabel(download: Partial<Pick<Download, 'id' | 'reference'>>): ShortLabel {
  const name = downloadName(download);
  const label = lastPart(name);
  const origin = name.slice(0, -label.length - 1);
  // `ollama://qwen3:4b` is short.
  return origin === '' || origin.endsWith('/') ? { label: name } : { label, origin };
}

export const downloadsRow: RowKind<DownloadsNode, LocalRows, DownloadNode | WaitingNode> = {
  kind: 'downloads',
  top: async ({ models, queue }) => {
    const downloads = await models.downloads();
    const { waiting } = withWaiting(downloads, queue?.waiting ?? []);
    return downloads.length + waiting.length === 0 ? [] : [{ kind: 'downloads', downloads, waiting }];
  },
  item: ({ downloads, waiting }) =>
    treeRow({
      label: t('Unfinished Downloads'),
      expanded: true,
      id: 'downloads',
      description: `${downloads.length + waiting.filter(({ kept }) => kept === undefined).length}`,
      words: ['downloads'],
      tooltip: t('Partial downloads are kept for a week and can be resumed.'),
    }),
  // Those that run come first, then those that will, then the others.
  children: async ({ downloads, waiting }) => {
    const stopped = ({ active }: Download): boolean => active === undefined;
    const rest = downloads.filter((one) => !waiting.some(({ kept }) => kept?.id === one.id));
    const rows = (some: readonly Download[]) =>
      some.map((download) => ({ kind: 'download', download }) as const);
    return [
      ...rows(rest.filter((one) => !stopped(one))),
      ...waiting.map((one) => ({ kind: 'waiting', ...one }) as const),
      ...rows(rest.filter(stopped)),
    ];
  },
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
  opens: ({ download }): CommandId | undefined =>
    download.active === undefined && download.reference !== undefined
      ? 'ociModels.download.resume'
      : undefined,
};

export const waitingRow: RowKind<WaitingNode, LocalRows> = {
  kind: 'waiting',
  item: ({ reference, position, kept }) => {
    const { label, origin } = downloadLabel({ reference });
    const parts = [
      positionText(position),
      kept === undefined ? undefined : formatByteProgress(kept.doneBytes, kept.size),
      origin,
    ];
    return treeRow({
      label,
      id: `waiting ${formatReference(reference)}`,
      description: parts.filter((part) => part !== undefined).join(' · '),
      words: ['waiting', position > 1 && 'movable'],
      icon: new vscode.ThemeIcon('clock'),
      tooltip: t('{0} waits for other downloads.', formatReference(reference)),
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
