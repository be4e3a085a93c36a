/** What commands share. */
import * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import type { Inspector } from '../../catalog/index.ts';
import type { ModelStore } from '../../store/index.ts';
import type { InlineChat } from '../inline/inlineChat.ts';
import type { Models } from '../models.ts';
import type { Pulls } from '../pulls.ts';
import type { ArchitectureQuery } from '../runnability.ts';
import type { RegistriesView } from '../views/registriesView.ts';
import type { Connections } from '../window/connections.ts';
import { showError } from '../window/errors.ts';
import type { WindowLog } from '../window/log.ts';
import type { Machine } from '../window/machine.ts';

/** The parts that commands work on. */
export interface CommandServices {
  readonly store: () => Promise<ModelStore>;
  readonly models: Models;
  readonly pulls: Pulls;
  readonly connections: Connections;
  readonly inspector: Inspector;
  readonly machine: Machine;
  readonly architectures: ArchitectureQuery;
  readonly registriesView: RegistriesView;
  readonly inlineChat: InlineChat;
  readonly output: WindowLog;
}

/** A command's work. `argument` is what the row, button or caller passed on, and is checked by the command. */
export type CommandHandler = (services: CommandServices, argument: unknown) => Promise<unknown>;

/** Registers a command whose failures are shown to the user, once. */
export function registerCommand(
  id: string,
  handler: CommandHandler,
  services: CommandServices,
): vscode.Disposable {
  const log: Log = services.output;
  return vscode.commands.registerCommand(id, async (argument: unknown) => {
    try {
      return await handler(services, argument);
    } catch (error) {
      showError(error, log);
      return undefined;
    }
  });
}
