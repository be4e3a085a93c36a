/** The row of a tag; it tells if its model is on this machine. */
import * as vscode from 'vscode';
import { formatBytes } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import { type RegistryEntry, webPage } from '../../../catalog/index.ts';
import { familiarReference, formatReference, type Reference } from '../../../oci/index.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import { factsText, inspectionRows } from '../../modelFacts.ts';
import { whyNotHere } from '../../runnability.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { describeForLog } from '../../window/errors.ts';
import { errorText } from '../errorRow.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import { pathOf, type RegistriesRows } from './view.ts';

export interface TagNode {
  readonly kind: 'tag';
  /** The registry of the view that it is below. */
  readonly entry: RegistryEntry;
  readonly reference: Reference;
  /** Bytes, by a list of the registry; undefined if it has none. */
  readonly bytes: number | undefined;
}

export const tagRow: RowKind<TagNode, RegistriesRows> = {
  kind: 'tag',
  item: async ({ entry, reference, bytes }, { localIds, recommendations }) => {
    const id = formatReference(reference);
    const isLocal = await localIds.has(id);
    const parts = [
      bytes !== undefined && formatBytes(bytes),
      recommendations.has(reference) && t('recommended'),
      isLocal && t('on this machine'),
    ];
    return treeRow({
      label: reference.tag ?? '',
      id: `tag:${pathOf(entry, reference.repository)}:${reference.tag}`,
      words: ['tag', isLocal && 'local', webPage(reference) !== undefined && 'page'],
      icon: new vscode.ThemeIcon(isLocal ? 'pass-filled' : 'tag'),
      description: parts.filter((part) => part !== false).join(' · '),
    });
  },
  // It asks for a few kilobytes, says if the model fits, and has a row that pulls it.
  opens: (): CommandId => 'ociModels.model.inspect',
  // A failure is told in the tooltip: the row itself is good.
  details: async ({ reference }, view, token) => {
    const { inspector, machine, architectures, recommendations, log } = view;
    try {
      const signal = abortSignalOf(token);
      const inspection = await inspector.inspect(reference, { extent: 'shape', signal });
      const reason = await whyNotHere(inspection, architectures);
      const facts = factsText(inspectionRows(inspection, await machine.memory(), undefined, reason));
      return recommendations.has(reference) ? `${facts}\n${recommendation()}` : facts;
    } catch (error) {
      log.debug(`${formatReference(reference)} was not inspected: ${describeForLog(error)}`);
      return `${familiarReference(reference)}\n${errorText(error)}`;
    }
  },
};

function recommendation(): string {
  return t('Recommended: the largest model that fits comfortably, at Q4_K_M or better.');
}
