/**
 * “Open Row”: Enter on a row of either view. A click only selects, so that several rows can be; what Enter does beyond
 * that is in `opens` of the row's kind (views/rowKind.ts).
 */
import * as vscode from 'vscode';
import { defineCommand } from '../defineCommand.ts';
import type { CommandId } from '../ids.generated.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { LOCAL_FOCUSED, REGISTRIES_FOCUSED, STICKY_ROW_FOCUSED } from '../when.ts';

export const openRow = defineCommand({
  id: 'ociModels.view.open',
  title: 'Open Row',
  keybinding: [
    { key: 'enter', when: `${LOCAL_FOCUSED} && !${STICKY_ROW_FOCUSED}`, args: { view: 'local' } },
    { key: 'enter', when: `${REGISTRIES_FOCUSED} && !${STICKY_ROW_FOCUSED}`, args: { view: 'registries' } },
  ],
  palette: false,
  run,
});

/** @returns the command that was run, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<CommandId | undefined> {
  // The key's own command: it opens, closes or runs the row with the focus, and selects it, which extensions are told.
  await vscode.commands.executeCommand('list.select');
  const { registriesView, selectedInRegistries, localView, selectedLocal } = services;
  return property(argument, 'view') === 'registries'
    ? openIn(registriesView, selectedInRegistries())
    : openIn(localView, selectedLocal());
}

async function openIn<Node extends object>(
  view: { opens(node: Node): CommandId | undefined },
  [node, ...more]: readonly Node[],
): Promise<CommandId | undefined> {
  const command = node === undefined || more.length > 0 ? undefined : view.opens(node);
  if (command !== undefined) await vscode.commands.executeCommand(command, node);
  return command;
}
