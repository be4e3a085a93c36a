/** The commands of `@local` that ask no model. */
import * as vscode from 'vscode';
import type { ActCommand } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { markdownText } from '../../base/text.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { labelOf } from './gather/chatPiece.ts';

/** The parts of a turn that actions use. */
interface Acting {
  readonly request: Pick<vscode.ChatRequest, 'prompt'>;
  readonly stream: Pick<vscode.ChatResponseStream, 'markdown'>;
}

type Action = (turn: Acting) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = { edit, model, pull };

/** Does what a command says. @throws ModelError as the command that it runs. */
export async function act({ name }: ActCommand, turn: Acting): Promise<void> {
  await ACTIONS[name]?.(turn);
}

/** Runs a command of this extension, which shows its own failures. */
function run(command: CommandId, ...given: unknown[]): Thenable<unknown> {
  return vscode.commands.executeCommand(command, ...given);
}

async function edit({ request, stream }: Acting): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    throw new ModelError(
      'not-found',
      t('There is no code to edit. Open a file, and select the lines to change.'),
    );
  }
  const instruction = request.prompt.trim();
  const place = markdownText(`${labelOf(editor.document.uri)}:${editor.selection.start.line + 1}`);
  // The model may take a while, and the proposal shows its own progress at the lines.
  void run('ociModels.inlineChat.start', instruction === '' ? undefined : { instruction });
  stream.markdown(t('The edit is proposed at {0}. Accept or discard it there.', place));
}

async function model({ stream }: Acting): Promise<void> {
  const chosen = await run('ociModels.model.select');
  stream.markdown(
    typeof chosen === 'string'
      ? t('{0} answers from now on.', markdownText(chosen))
      : t('No other model was chosen.'),
  );
}

async function pull({ request, stream }: Acting): Promise<void> {
  const name = request.prompt.trim();
  const pulled = await run('ociModels.model.pull', name === '' ? undefined : name);
  stream.markdown(
    pulled === undefined ? t('No model was pulled.') : t('The model is ready. Choose it with /model.'),
  );
}
