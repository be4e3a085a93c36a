/** `/explain`: says what code does. */
import { t } from '../../base/l10n.ts';
import { type AskCommand, withDetail } from './slashCommand.ts';

export const explain: AskCommand = {
  kind: 'ask',
  name: 'explain',
  description: 'Explain the selected code, or the code at the cursor',
  subject: 'code',
  question: (detail) => withDetail('Explain briefly what this code does and how.', detail),
  nothing: () => t('There is no code to explain. Open a file, or attach one.'),
  followUps: [
    { label: () => t('Document this code'), command: 'doc' },
    { label: () => t('Write tests for this code'), command: 'tests' },
  ],
};
