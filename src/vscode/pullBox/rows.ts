/** The rows of the pull box. */
import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { type ListedSize, SUGGESTED_MODELS } from '../../catalog/index.ts';
import type { MachineMemory } from '../../gguf/index.ts';
import { formatReference, parseReference, type Reference } from '../../oci/index.ts';
import { sizeVerdictText } from '../modelFacts.ts';
import { messageOf } from '../window/errors.ts';
import type { Choice } from '../window/notify.ts';

/** A row; `chosen` is pulled by it, and undefined on rows that only say something. */
export interface PullRow extends Choice {
  readonly chosen?: Reference;
}

/** The first row of an empty box. */
export function hintRow(): PullRow {
  return { icon: 'edit', label: t('Type or paste a model name, or choose one') };
}

/** The first row of a box with a name in it. */
export function typedRow(reference: Reference): PullRow {
  return {
    icon: 'cloud-download',
    label: t('Pulls {0}', formatReference(reference)),
    chosen: reference,
  };
}

/** The first row of a box with something else in it. */
export function flawRow(error: unknown): PullRow {
  return { icon: 'error', label: messageOf(error) };
}

/** A line with a heading. */
function headingRow(label: Localized): Choice {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** `1.9 GB · runs on the CPU`. */
export function sizeText(size: ListedSize, machine: MachineMemory | undefined): string {
  const verdict = machine && sizeVerdictText(size, machine);
  return [formatBytes(size.bytes), verdict].filter((part) => part !== undefined).join(' · ');
}

function recentRow(name: string): PullRow[] {
  try {
    return [{ icon: 'history', label: name, chosen: parseReference(name) }];
  } catch {
    // An older version may have kept a name that is none any more.
    return [];
  }
}

/** The row of a model that is named on the clipboard, below its heading. */
export function clipboardRows(reference: Reference | undefined): PullRow[] {
  if (reference === undefined) return [];
  const row = { icon: 'clippy', label: formatReference(reference), chosen: reference };
  return under(t('on the clipboard'), [row]);
}

/**
 * The rows of the names that were asked for before, and of the suggested models.
 * @param machine judges them; undefined while it is not known yet.
 */
export function nameRows(recent: readonly string[], machine: MachineMemory | undefined): PullRow[] {
  const before = recent.flatMap(recentRow);
  const suggested = SUGGESTED_MODELS.filter(({ name }) => !recent.includes(name)).map(
    ({ name, bytes }): PullRow => ({
      icon: 'sparkle',
      label: name,
      description: sizeText({ bytes, name }, machine),
      chosen: parseReference(name),
    }),
  );
  return [...under(t('asked for before'), before), ...under(t('suggested, on Docker Hub'), suggested)];
}

/** The rows below a heading, or nothing if there are none. */
export function under<Row extends Choice>(heading: Localized, rows: readonly Row[]): (Row | Choice)[] {
  return rows.length === 0 ? [] : [headingRow(heading), ...rows];
}
