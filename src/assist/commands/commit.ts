/** `/commit`: writes a commit message. */
import { t } from '../../base/l10n.ts';
import { type AskCommand, withDetail } from './slashCommand.ts';

export const commit: AskCommand = {
  kind: 'ask',
  name: 'commit',
  description: 'Write a commit message for the staged changes, or for all',
  subject: 'changes',
  question: (detail) =>
    withDetail(
      'Write a commit message for these changes: a subject in the imperative with at most 72 characters, then a body only if the reason is not clear. Answer with the message alone.',
      detail,
    ),
  nothing: () => t('There are no changes to commit. Change a file of a Git repository first.'),
};
