/** `/tests`: writes tests. */
import { t } from '../../base/l10n.ts';
import { type AskCommand, withDetail } from './slashCommand.ts';

export const tests: AskCommand = {
  kind: 'ask',
  name: 'tests',
  description: 'Write tests for the selected code, or the code at the cursor',
  subject: 'code',
  question: (detail) => withDetail('Write unit tests for this code. Answer with one code block.', detail),
  nothing: () => t('There is no code to test. Open a file, or attach one.'),
};
