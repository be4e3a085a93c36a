/** Commit messages: written by a local model, put into the box of VS Code's Git extension. */
import type * as vscode from 'vscode';
import { buildChatMessages, commit, commitMessageOf } from '../../assist/index.ts';
import { ModelError, throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { Session } from '../../session/index.ts';
import { ask } from '../ask.ts';
import { warnOfOmission } from '../window/log.ts';
import { confirm } from '../window/notify.ts';
import { changesOf, type GitRepository, gitRepository } from './gather/gitChanges.ts';

/**
 * Writes a message for the changes of a repository.
 * @throws ModelError `no-subject` if there are no changes; as `Session.chosen`, `Session.load` and `ask`.
 */
export async function writeCommitMessage(
  repository: GitRepository,
  models: Session,
  signal: AbortSignal,
  log: Log,
): Promise<string> {
  const changes = await changesOf(repository);
  if (changes === undefined) throw new ModelError('no-subject', commit.nothing());
  const ready = await models.load(await models.chosen(), { signal });
  const messages = buildChatMessages({
    system: ready.defaults.system,
    history: [],
    prompt: commit.question(''),
    references: [changes],
  });
  const { text } = await ask(ready, messages, {
    signal,
    onText: () => {},
    onDropped: (what) => warnOfOmission(log, 'Commit message', what),
  });
  throwIfCancelled(signal);
  return commitMessageOf(text);
}

/**
 * Puts a message into the box of a repository. A message that the user wrote is replaced only if the user agrees.
 * @param root the folder of the repository. Defaults to that of the active editor.
 */
export async function useCommitMessage(message: string, root?: vscode.Uri): Promise<void> {
  const { inputBox } = await requireRepository(root);
  if (inputBox.value === message) return;
  if (inputBox.value.trim() !== '' && !(await mayReplace(inputBox.value))) return;
  inputBox.value = message;
}

/** @throws ModelError `no-subject` if there is none. */
export async function requireRepository(root?: vscode.Uri): Promise<GitRepository> {
  const repository = await gitRepository(root);
  if (repository !== undefined) return repository;
  throw new ModelError('no-subject', t('There is no Git repository here. Open a folder that has one.'));
}

function mayReplace(written: string): Promise<boolean> {
  return confirm(t('Replace the commit message that is there?'), t('Replace'), t('It says: {0}', written));
}
