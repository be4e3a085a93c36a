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

/** Returns the commit message in an answer, without fences, quotation marks and an introduction. */
export function commitMessageOf(answer: string): string {
  const block = /^ {0,3}(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n {0,3}\1/m.exec(answer)?.[2];
  const text = (block ?? answer.replace(/^[^\n]*\bcommit message\b[^\n]*:\s*\n+/i, '')).trim();
  const quoted = /^(["'`*]{1,2})([^\n]+)\1$/.exec(text)?.[2];
  return (quoted ?? text).replace(/\r\n/g, '\n');
}
