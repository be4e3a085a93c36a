/** “Chat with Local Model”: opens the chat with @local, and chooses the given model to answer. */
import * as vscode from 'vscode';
import { requireUsable } from '../../../session/index.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER, ON_ANSWERING } from '../when.ts';
import { answeringModelOf } from './argument.ts';

export const chatWithModel = defineCommand({
  id: 'ociModels.model.chat',
  title: 'Chat with Local Model',
  icon: 'comment-discussion',
  when: ON_ANSWERING,
  menus: { 'view/item/context': ['1_run@2'] },
  palette: CAN_ANSWER,
  run,
});

async function run({ models }: CommandServices, argument: unknown): Promise<void> {
  const model = await answeringModelOf(models, argument);
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
