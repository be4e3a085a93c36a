/** “Show Status…”: the menu of the status bar, with the state of everything. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { statusRows } from '../../statusRows.ts';
import { describeForLog } from '../../window/errors.ts';
import { pickOne } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';

export const showStatus = defineCommand({
  id: 'ociModels.status.show',
  title: 'Show Status…',
  run,
});

async function run(services: CommandServices): Promise<void> {
  const { models, completions, output } = services;
  // The menu tells that there is no model, or no store, by what it offers.
  const unless = <T>(fallback: T) => {
    return (error: unknown): T => {
      output.debug(`The status is not complete. ${describeForLog(error)}`);
      return fallback;
    };
  };
  const [model, stored, downloads, use] = await Promise.all([
    models.chosen().catch(unless(undefined)),
    models.list().catch(unless([])),
    models.downloads().catch(unless([])),
    models.diskUse([]).catch(unless(undefined)),
  ]);
  const rows = statusRows({
    model,
    state: model === undefined ? 'unloaded' : models.stateOf(model.id),
    completions: completions.status,
    stored,
    storedBytes: use?.modelBytes,
    downloads,
    waiting: services.pullQueue.waiting,
    endpoints: models.endpoints(),
  });
  const row = await pickOne(rows, { title: t('OCI Models'), placeHolder: t('Choose what to change') });
  if (row?.command !== undefined) await vscode.commands.executeCommand(row.command);
}
