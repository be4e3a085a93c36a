/** Registers the commands. Each has one file, `commands/<noun>/<verb>.ts`. */
import * as vscode from 'vscode';
import { showError } from '../window/errors.ts';
import * as commands from './all.generated.ts';
import type { Command } from './defineCommand.ts';
import type { CommandServices } from './services.ts';

export type { CommandServices } from './services.ts';

/** Registers every command. A failure is shown to the user once. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  return vscode.Disposable.from(...Object.values(commands).map((command) => register(command, services)));
}

function register({ id, run }: Command, services: CommandServices): vscode.Disposable {
  return vscode.commands.registerCommand(id, async (argument: unknown, selection: unknown) => {
    try {
      return await run(services, argument, selection);
    } catch (error) {
      showError(error, services.output);
      return undefined;
    }
  });
}
