/** The badge of the Local Models view: the number of models that have a newer version. */
import type * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import type { Log } from '../../../base/log.ts';
import type { KnownUpdates, Session } from '../../../session/index.ts';
import { describeForLog } from '../../window/errors.ts';
import { hasUpdate } from './model.ts';

/** Everything that the badge follows. */
export interface BadgeSources {
  readonly models: Pick<Session, 'list' | 'onDidChangeModels'>;
  readonly updates: Pick<KnownUpdates, 'of' | 'onDidChange'>;
  readonly log: Log;
}

/** Keeps the badge of a view true to the models and the known updates. @returns a function that stops it. */
export function showUpdateBadge(
  view: Pick<vscode.TreeView<unknown>, 'badge'>,
  { models, updates, log }: BadgeSources,
): () => void {
  let latest = 0;
  const count = async (): Promise<number> => {
    const states = (await models.list()).map(async (model) => hasUpdate(model, await updates.of(model)));
    return (await Promise.all(states)).filter((has) => has).length;
  };
  const refresh = async (): Promise<void> => {
    const current = ++latest;
    try {
      const value = await count();
      if (current === latest) view.badge = badgeOf(value);
    } catch (error) {
      // The rows of the view say what is wrong with the store.
      log.debug(`Updates were not counted. ${describeForLog(error)}`);
    }
  };
  void refresh();
  const ends = [models.onDidChangeModels(refresh), updates.onDidChange(refresh)];
  return () => {
    latest++;
    for (const end of ends) end();
  };
}

function badgeOf(value: number): vscode.ViewBadge | undefined {
  if (value === 0) return undefined;
  const tooltip = value === 1 ? t('1 model has a newer version') : t('{0} models have newer versions', value);
  return { value, tooltip };
}
