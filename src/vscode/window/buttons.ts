/** The buttons of notifications and answers, each defined once, and the commands that they run. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../base/l10n.ts';
import type { CommandId, SettingKey } from '../commands/ids.generated.ts';

/** A button that runs a command, so it can also appear in a chat's answer. */
export interface Button {
  readonly title: Localized;
  /** A command of this extension, or one of VS Code. */
  readonly command: CommandId | 'workbench.action.openSettings' | 'workbench.action.reloadWindow';
  readonly arguments?: readonly unknown[];
}

/** Returns a button in the form that answers of a chat take. */
export function commandOf({ title, command, arguments: given = [] }: Button): vscode.Command {
  return { title, command, arguments: [...given] };
}

/** A button with a callback. */
export interface Action {
  readonly title: Localized;
  readonly run: () => unknown;
}

export function pull(): Button {
  return { title: t('Pull OCI Model'), command: 'ociModels.model.pull' };
}

/** @param reference the full name of a model that was on this machine. */
export function pullAgain(reference: string): Button {
  return { title: t('Pull Again'), command: 'ociModels.model.pull', arguments: [reference] };
}

export function selectAnother(): Button {
  return { title: t('Select Another Model'), command: 'ociModels.model.select' };
}

export function showLog(): Button {
  return { title: t('Show Log'), command: 'ociModels.log.show' };
}

/** @param registry the host to sign in to. Defaults to asking for it. */
export function signIn(registry?: string): Button {
  const title = t('Sign In');
  const command = 'ociModels.registry.signIn';
  return registry === undefined ? { title, command } : { title, command, arguments: [registry] };
}

/** @param reference the full name of the model to chat with. */
export function chat(reference: string): Button {
  return { title: t('Chat'), command: 'ociModels.model.chat', arguments: [reference] };
}

export function editEndpoint(): Button {
  return { title: t('Edit Endpoint…'), command: 'ociModels.endpoint.edit' };
}

/** @param url the address of a server that may run by now. */
export function addEndpoint(url: string): Button {
  return { title: t('Add Endpoint…'), command: 'ociModels.endpoint.add', arguments: [url] };
}

export function importModels(): Button {
  return { title: t('Import Models…'), command: 'ociModels.model.import' };
}

export function openSettings(key: SettingKey, title = t('Open Settings')): Button {
  return { title, command: 'workbench.action.openSettings', arguments: [`ociModels.${key}`] };
}

/** Opens the settings of the models that VS Code uses for titles and summaries. */
export function openUtilitySettings(): Button {
  return {
    title: t('Open Settings'),
    command: 'workbench.action.openSettings',
    arguments: ['chat.utility'],
  };
}

/** Sets VS Code's own chat up for local models. */
export function useInNativeChat(): Button {
  return { title: t('Use Local Models in VS Code’s Chat'), command: 'ociModels.nativeChat.use' };
}

export function acceptFileEdits(): Button {
  return { title: t('Accept'), command: 'ociModels.fileEdits.accept' };
}

export function discardFileEdits(): Button {
  return { title: t('Discard'), command: 'ociModels.fileEdits.discard' };
}

export function reloadWindow(): Button {
  return { title: t('Reload Window'), command: 'workbench.action.reloadWindow' };
}

/** A function of `notify.ts` that shows a message with buttons, and returns the title of the chosen one. */
export type Show = (message: Localized, ...titles: Localized[]) => Thenable<string | undefined>;

/** Shows a message with buttons and runs the chosen one. Resolves when that has finished. */
export async function offer(
  show: Show,
  message: Localized,
  ...buttons: readonly (Button | Action)[]
): Promise<void> {
  const chosen = await show(message, ...buttons.map(({ title }) => title));
  const button = buttons.find(({ title }) => title === chosen);
  if (button === undefined) return;
  if ('run' in button) await button.run();
  else await vscode.commands.executeCommand(button.command, ...(button.arguments ?? []));
}
