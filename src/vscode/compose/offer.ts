/**
 * One offer to pull the models that a workspace's file names and that are not here. It comes when such a file is
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
import type { NamingFiles, ReadModels } from './files.ts';

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
  readonly read: ReadModels;
  readonly question: NamingFiles['question'];
  /** Of the workspace. */
  readonly memory: Memory;
  readonly log: Log;
}

/** Offers missing models of files that are opened. @returns what stops it. */
export function offerNamedModels(files: vscode.DocumentSelector, services: OfferServices): vscode.Disposable {
  const look = (document: vscode.TextDocument | undefined): void => {
    if (document === undefined || vscode.languages.match(files, document) === 0) return;
    // An old revision, or a file that was only looked at, is not what the workspace wants.
    if (vscode.workspace.getWorkspaceFolder(document.uri) === undefined) return;
    offerOnce(document.getText(), services).catch((error: unknown) =>
      services.log.debug(`Models of a file were not offered. ${describeForLog(error)}`),
    );
  };
  look(vscode.window.activeTextEditor?.document);
  return vscode.window.onDidChangeActiveTextEditor((editor) => look(editor?.document));
}

/** Offers the missing models of a file. Resolves when the offer was answered, or none is made. */
export async function offerOnce(text: string, services: OfferServices): Promise<void> {
  const { models, memory, pulls, read, question } = services;
  if (!vscode.workspace.isTrusted || memory.get(NEVER) === true) return;
  const named = new Map(
    (await read(text)).models.map(({ reference }) => [formatReference(reference), reference]),
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
    question(missing.length, namesOf(missing)),
    // The button's handler does not wait for the pulls.
    { title: t('Pull'), run: () => void pulls.pullEach(missing) },
    { title: t('Not in This Workspace'), run: () => memory.update(NEVER, true) },
  );
}

/** The short names of models, the first of many. */
function namesOf(missing: readonly Reference[]): string {
  const rest = missing.length > MAX_NAMED ? ['…'] : [];
  return [...missing.slice(0, MAX_NAMED).map((reference) => familiarReference(reference)), ...rest].join(
    ', ',
  );
}
