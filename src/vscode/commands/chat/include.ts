/** “Include It”: asks a question again, with a text that did not fit. */
import * as vscode from 'vscode';
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';

export const includeLeftOut = defineCommand({
  id: 'ociModels.chat.include',
  title: 'Include It',
  palette: false,
  run,
});

/** @param argument the id of the text. */
async function run({ chat }: CommandServices, argument: unknown): Promise<void> {
  const asked = chat.leftOut.want(argument);
  if (asked === undefined) {
    throw new ModelError('no-subject', t('The text is no longer known. Attach it to a new question.'));
  }
  await askLocal(asked.prompt, asked.command);
}

/** Asks `@local` in the chat view. */
export async function askLocal(prompt: string, command?: string): Promise<void> {
  const query = ['@local', ...(command === undefined ? [] : [`/${command}`]), prompt].join(' ').trim();
  await vscode.commands.executeCommand('workbench.action.chat.open', { query, mode: 'ask' });
}
