/** The rows of the menu of the status bar: the state of everything, and what can be done about it. */
import * as vscode from 'vscode';
import { formatByteProgress, formatBytes } from '../base/format.ts';
import { type Localized, t } from '../base/l10n.ts';
import { plainText } from '../base/text.ts';
import type { EngineState } from '../inference/index.ts';
import type { Download } from '../library/index.ts';
import type { Reference } from '../oci/index.ts';
import { type AnsweringModel, type EndpointStatus, type ListedModel, rowLabel } from '../session/index.ts';
import type { CommandId } from './commands/ids.generated.ts';
import type { CompletionStatus } from './completion/completions.ts';
import { timeOfDay } from './statusBar.ts';
import { downloadLabel, positionText, type WaitingDownload, withWaiting } from './views/local/download.ts';
import { stateText } from './views/local/state.ts';
import type { Choice } from './window/notify.ts';

/** A row that runs a command. */
export interface StatusRow extends Choice {
  readonly command?: CommandId | 'ociModels.local.focus';
}

/** Everything that the menu tells. */
export interface StatusFacts {
  /** The model that answers; undefined if there is none. */
  readonly model: AnsweringModel | undefined;
  readonly state: EngineState;
  readonly completions: CompletionStatus;
  readonly stored: readonly ListedModel[];
  /** Bytes of their content, each counted once; undefined if that is not known. */
  readonly storedBytes: number | undefined;
  readonly downloads: readonly Download[];
  /** Models that wait for other downloads, the next one first. */
  readonly waiting: readonly Reference[];
  readonly endpoints: readonly EndpointStatus[];
}

function completionText(status: CompletionStatus): Localized {
  switch (status.kind) {
    case 'off':
      return t('off');
    case 'failed':
      return t('stopped: {0}', plainText(status.message));
    case 'idle':
      return t('{0}, loaded when you type', plainText(status.label));
    case 'loading':
      return t('{0}, loading…', plainText(status.label));
    case 'ready':
    case 'working':
      return t('{0}, ready', plainText(status.label));
    case 'paused':
      return t('{0}, paused until {1}', plainText(status.label), timeOfDay(status.until));
  }
}

export function statusRows(facts: StatusFacts): StatusRow[] {
  const { model, state, completions, stored, endpoints } = facts;
  const { waiting, others } = withWaiting(facts.downloads, facts.waiting);
  const failing = endpoints.filter(({ problem }) => problem !== undefined).length;
  const rows: (StatusRow | false)[] = [
    {
      icon: 'comment-discussion',
      label: t('Chat and edits'),
      description: model === undefined ? t('no model yet') : modelText(model, state),
      command: model === undefined ? 'ociModels.setup.start' : 'ociModels.model.select',
    },
    {
      icon: 'edit',
      label: t('Code completions'),
      description: completionText(completions),
      command: model === undefined ? 'ociModels.setup.start' : 'ociModels.completion.choose',
    },
    {
      icon: 'database',
      label: t('Models on this machine'),
      description: stored.length === 0 ? t('none') : storedText(stored.length, facts.storedBytes),
      command: 'ociModels.local.focus',
    },
    ...others.map(downloadRow),
    ...waiting.map(waitingRow),
    endpoints.length > 0 && {
      icon: 'server-environment',
      label: t('Endpoints'),
      description:
        failing === 0 ? `${endpoints.length}` : t('{0}, {1} without an answer', endpoints.length, failing),
      command: 'ociModels.local.focus',
    },
    { label: t('actions'), kind: vscode.QuickPickItemKind.Separator },
    model === undefined && {
      icon: 'rocket',
      label: t('Set Up Local Coding Help'),
      command: 'ociModels.setup.start',
    },
    { icon: 'search', label: t('Search Models…'), command: 'ociModels.catalogue.search' },
    { icon: 'cloud-download', label: t('Pull OCI Model'), command: 'ociModels.model.pull' },
    model !== undefined && {
      icon: 'rocket',
      label: t('Set Up Local Coding Help'),
      command: 'ociModels.setup.start',
    },
    { icon: 'output', label: t('Show Log'), command: 'ociModels.log.show' },
  ];
  return rows.filter((row) => row !== false);
}

function storedText(count: number, bytes: number | undefined): string {
  return bytes === undefined ? `${count}` : `${count} · ${formatBytes(bytes)}`;
}

function modelText(model: AnsweringModel, state: EngineState): string {
  const { label, origin } = rowLabel(model);
  return [label, origin, stateText(state)].filter(Boolean).join(' · ');
}

function waitingRow({ reference, position }: WaitingDownload): StatusRow {
  const { label, origin } = downloadLabel({ reference });
  return {
    icon: 'clock',
    label,
    description: [positionText(position), origin].filter(Boolean).join(' · '),
    command: 'ociModels.local.focus',
  };
}

function downloadRow(download: Download): StatusRow {
  const { doneBytes, size, active } = download;
  const { label, origin } = downloadLabel(download);
  const parts = [
    formatByteProgress(doneBytes, size),
    active === undefined ? t('paused') : t('downloading'),
    origin,
  ];
  return {
    icon: active === undefined ? 'debug-pause' : 'cloud-download',
    label,
    description: parts.filter((part) => part !== undefined).join(' · '),
    command: 'ociModels.local.focus',
  };
}
