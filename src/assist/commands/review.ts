/** `/review`: looks for mistakes. */
import { t } from '../../base/l10n.ts';
import { type AskCommand, withDetail } from './slashCommand.ts';

export const review: AskCommand = {
  kind: 'ask',
  name: 'review',
  description: 'Review the selected code, or the changes that are not committed',
  subject: 'changesOrCode',
  question: (detail) =>
    withDetail(
      'Review this code. List bugs and risks with their lines, the most severe first. If there are none, say so.',
      detail,
    ),
  nothing: () => t('There is nothing to review. Select code, or change a file of a Git repository.'),
  followUps: [{ label: () => t('Fix this code'), command: 'fix' }],
};
