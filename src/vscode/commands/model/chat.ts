/** “Chat with Local Model”: opens the chat with @local, and with the given model as the one that answers. */
import * as vscode from 'vscode';
import { requireUsable } from '../../models.ts';
import type { CommandServices } from '../command.ts';
import { modelOf } from './argument.ts';

export async function chatWithModel({ models }: CommandServices, argument: unknown): Promise<void> {
  const model = await modelOf(models, argument);
  if (model !== undefined) {
    requireUsable(model);
    await models.choose(model.id);
  }
  await vscode.commands.executeCommand('workbench.action.chat.open', {
    query: '@local ',
    isPartialQuery: true,
    mode: 'ask',
  });
}
