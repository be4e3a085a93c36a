/**
 * One offer to pull the models that a workspace's Compose file names and that are not here. It comes when such a file is
 * opened in a trusted workspace, once for the same models, and can be turned off for the workspace.
 */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { familiarReference, formatReference, type Reference } from '../../oci/index.ts';
import type { Session } from '../../session/index.ts';
import type { Pulls } from '../pulls.ts';
import { offer } from '../window/buttons.ts';
import { describeForLog } from '../window/errors.ts';
import { showInfo } from '../window/notify.ts';
import type { Memory } from '../window/recentTexts.ts';
import { COMPOSE_FILES, type ReadCompose } from './lenses.ts';

/** Keys of the workspace's memory: the models that were offered, and that there are to be no offers. */
const OFFERED = 'compose.offered';
const NEVER = 'compose.neverOffer';
/** Most models whose names are kept as offered; a workspace has few. */
const MAX_KEPT = 200;
/** Most models that the offer names. */
const MAX_NAMED = 8;

/** Everything that offers need. */
export interface OfferServices {
  readonly models: Pick<Session, 'list'>;
  readonly pulls: Pick<Pulls, 'pullEach'>;
  readonly readCompose: ReadCompose;
  /** Of the workspace. */
  readonly memory: Memory;
  readonly log: Log;
}

/** Offers missing models of Compose files that are opened. @returns what stops it. */
export function offerComposeModels(services: OfferServices): vscode.Disposable {
  const look = (document: vscode.TextDocument | undefined): void => {
    if (document === undefined || vscode.languages.match(COMPOSE_FILES, document) === 0) return;
    // An old revision, or a file that was only looked at, is not what the workspace wants.
    if (vscode.workspace.getWorkspaceFolder(document.uri) === undefined) return;
    offerOnce(document.getText(), services).catch((error: unknown) =>
      services.log.debug(`Models of a Compose file were not offered. ${describeForLog(error)}`),
    );
  };
  look(vscode.window.activeTextEditor?.document);
  return vscode.window.onDidChangeActiveTextEditor((editor) => look(editor?.document));
}

/** Offers the missing models of a Compose file. Resolves when the offer was answered, or none is made. */
export async function offerOnce(text: string, services: OfferServices): Promise<void> {
  const { models, memory, pulls, readCompose } = services;
  if (!vscode.workspace.isTrusted || memory.get(NEVER) === true) return;
  const named = new Map(
    (await readCompose(text)).map(({ reference }) => [formatReference(reference), reference]),
  );
  if (named.size === 0) return;
  for (const { id } of await models.list()) named.delete(id);
  const kept = memory.get(OFFERED);
  const offered = new Set(Array.isArray(kept) ? kept : []);
  const fresh = [...named.keys()].filter((id) => !offered.has(id));
  if (fresh.length === 0) return;
  await memory.update(OFFERED, [...fresh, ...offered].slice(0, MAX_KEPT));
  const missing = [...named.values()];
  await offer(
    showInfo,
    question(missing),
    // The button's handler does not wait for the pulls.
    { title: t('Pull'), run: () => void pulls.pullEach(missing) },
    { title: t('Not in This Workspace'), run: () => memory.update(NEVER, true) },
  );
}

function question(missing: readonly Reference[]): ReturnType<typeof t> {
  const rest = missing.length > MAX_NAMED ? ['…'] : [];
  const names = [
    ...missing.slice(0, MAX_NAMED).map((reference) => familiarReference(reference)),
    ...rest,
  ].join(', ');
  return missing.length === 1
    ? t('The Compose file names a model that is not on this machine: {0}.', names)
    : t('The Compose file names {0} models that are not on this machine: {1}.', missing.length, names);
}
