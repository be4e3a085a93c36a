/** The context key that is true while a model of this machine or of an endpoint can answer, for the walkthrough. */
import * as vscode from 'vscode';
import type { Session } from '../../session/index.ts';

const KEY = 'ociModels.hasModel';

/** Keeps the key true to the models. @returns a function that stops it. */
export function followModels(models: Pick<Session, 'usable' | 'onDidChangeModels'>): () => void {
  let latest = 0;
  const refresh = async (): Promise<void> => {
    const current = ++latest;
    // A store that cannot be read has no models; the view says why.
    const usable = await models.usable().catch(() => []);
    if (current === latest) await vscode.commands.executeCommand('setContext', KEY, usable.length > 0);
  };
  void refresh();
  return models.onDidChangeModels(() => void refresh());
}
