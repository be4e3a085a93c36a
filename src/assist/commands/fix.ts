/** `/fix`: repairs what the language complains about. */
import { t } from '../../base/l10n.ts';
import { type AskCommand, withDetail } from './slashCommand.ts';

export const fix: AskCommand = {
  kind: 'ask',
  name: 'fix',
  description: 'Fix the problems in the selected code, or at the cursor',
  subject: 'problems',
  question: (detail) =>
    withDetail(
      'Fix this code. Answer with the whole corrected code in one code block, then say in one sentence what was wrong.',
      detail,
    ),
  nothing: () => t('There is no code to fix. Open a file, and put the cursor at the problem.'),
  followUps: [{ label: () => t('Write tests for this code'), command: 'tests' }],
  rewrites: true,
};
