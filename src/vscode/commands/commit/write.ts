/** “Write Commit Message with Local Model”: puts a message for the changes into the box of Source Control. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { requireRepository, useCommitMessage, writeCommitMessage } from '../../chat/commitMessage.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER } from '../when.ts';

export const writeMessage = defineCommand({
  id: 'ociModels.commit.write',
  title: 'Write Commit Message with Local Model',
  icon: 'sparkle',
  when: 'scmProvider == git',
  menus: { 'scm/title': ['navigation@9'] },
  palette: `${CAN_ANSWER} && gitOpenRepositoryCount > 0`,
  run,
});

/** @param argument the source control of a title. Defaults to the repository of the active editor. */
async function run({ models, output }: CommandServices, argument: unknown): Promise<void> {
  const root = property(argument, 'rootUri');
  const repository = await requireRepository(root instanceof vscode.Uri ? root : undefined);
  const message = await withProgress(t('Writing a commit message…'), (_, token) =>
    writeCommitMessage(repository, models, abortSignalOf(token), output),
  );
  await useCommitMessage(message, repository.rootUri);
}
