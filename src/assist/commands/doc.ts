/** `/doc`: writes documentation comments. */
import { t } from '../../base/l10n.ts';
import { type AskCommand, withDetail } from './slashCommand.ts';

export const doc: AskCommand = {
  kind: 'ask',
  name: 'doc',
  description: 'Document the selected code, or the code at the cursor',
  subject: 'code',
  question: (detail) =>
    withDetail(
      'Write a documentation comment for this code. Answer with the whole code, documented, in one code block.',
      detail,
    ),
  nothing: () => t('There is no code to document. Open a file, and put the cursor into the code.'),
  rewrites: true,
};
