/** The context keys about models and endpoints, for the Palette and the walkthrough. */
import * as vscode from 'vscode';
import type { Session } from '../../session/index.ts';
import { HAS_ENDPOINT, HAS_MODEL, HAS_STORED } from '../commands/when.ts';

type Models = Pick<Session, 'usable' | 'list' | 'endpoints' | 'onDidChangeModels'>;

/** Keeps the keys true to the models. They come from the list that the views show. @returns a function that stops it. */
export function followModels(models: Models): () => void {
  let latest = 0;
  const known = new Map<string, boolean>();
  const set = (key: string, value: boolean): void => {
    if (known.get(key) === value) return;
    known.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  };
  const refresh = async (): Promise<void> => {
    const current = ++latest;
    // A store that cannot be read has no models; the view says why.
    const [usable, stored] = await Promise.all([
      models.usable().catch(() => []),
      models.list().catch(() => []),
    ]);
    if (current !== latest) return;
    set(HAS_MODEL, usable.length > 0);
    set(HAS_STORED, stored.length > 0);
    set(HAS_ENDPOINT, models.endpoints().length > 0);
  };
  void refresh();
  return models.onDidChangeModels(() => void refresh());
}
