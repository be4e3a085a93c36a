/** The buttons of notifications and answers, each built once, and the commands that they run. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { CommandId, SettingKey } from '../commands/ids.generated.ts';

/** A button that runs a command, and so can stand in a chat's answer too. */
export interface Button {
  readonly title: string;
  /** A command of this extension, or one of VS Code. */
  readonly command: CommandId | 'workbench.action.openSettings' | 'workbench.action.reloadWindow';
  readonly arguments?: readonly unknown[];
}

/** A button with work of its own. */
export interface Action {
  readonly title: string;
  readonly run: () => unknown;
}

export function pull(): Button {
  return { title: t('Pull OCI Model'), command: 'ociModels.model.pull' };
}

export function selectAnother(): Button {
  return { title: t('Select Another Model'), command: 'ociModels.model.select' };
}

export function showLog(): Button {
  return { title: t('Show Log'), command: 'ociModels.log.show' };
}

/** @param registry the host to sign in to; asked for if it is not given. */
export function signIn(registry?: string): Button {
  const title = t('Sign In');
  const command = 'ociModels.registry.signIn';
  return registry === undefined ? { title, command } : { title, command, arguments: [registry] };
}

/** @param reference the full name of the model to chat with. */
export function chat(reference: string): Button {
  return { title: t('Chat'), command: 'ociModels.model.chat', arguments: [reference] };
}

export function importModels(): Button {
  return { title: t('Import Models…'), command: 'ociModels.model.import' };
}

export function openSettings(key: SettingKey, title = t('Open Settings')): Button {
  return { title, command: 'workbench.action.openSettings', arguments: [`ociModels.${key}`] };
}

export function reloadWindow(): Button {
  return { title: t('Reload Window'), command: 'workbench.action.reloadWindow' };
}

/** A function of `notify.ts` that shows a message with buttons, and returns the title of the chosen one. */
export type Show = (message: string, ...titles: string[]) => Thenable<string | undefined>;

/** Shows a message with buttons, and runs the one that is chosen. Ends when that has ended. */
export async function offer(
  show: Show,
  message: string,
  ...buttons: readonly (Button | Action)[]
): Promise<void> {
  const chosen = await show(message, ...buttons.map(({ title }) => title));
  const button = buttons.find(({ title }) => title === chosen);
  if (button === undefined) return;
  if ('run' in button) await button.run();
  else await vscode.commands.executeCommand(button.command, ...(button.arguments ?? []));
}
