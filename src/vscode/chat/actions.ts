/** The commands of `@local` that ask no model. */
import * as vscode from 'vscode';
import type { ActCommand } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { markdownText } from '../../base/text.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { labelOf } from './gather/chatPiece.ts';
import { isFolder } from './gather/folderTree.ts';
import { imageReferences } from './gather/images.ts';
import { isImplicit, nameOf } from './gather/references.ts';

/** The parts of a turn that actions use. */
interface Acting {
  readonly request: Pick<vscode.ChatRequest, 'prompt' | 'references'>;
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
  const { uris, others } = await attachedFiles(request.references);
  if (others.length > 0) {
    const names = others.map((one) => markdownText(nameOf(one))).join(', ');
    stream.markdown(`${t('Left out: {0}, because an edit is made of files with text.', names)}\n\n`);
  }
  if (uris.length > 0 && !isSelection(editor, uris)) {
    // The several files have a preview of their own.
    void run('ociModels.fileEdits.start', { ...given(request.prompt), uris });
    const names = uris.map((uri) => markdownText(labelOf(uri))).join(', ');
    stream.markdown(t('The edits of {0} are shown together. Nothing changes before you accept them.', names));
    return;
  }
  if (editor === undefined) {
    throw new ModelError(
      'no-subject',
      t('There is no code to edit. Open a file, and select the lines to change.'),
    );
  }
  const place = markdownText(`${labelOf(editor.document.uri)}:${editor.selection.start.line + 1}`);
  // The model may take a while, and the proposal shows its own progress at the lines.
  void run('ociModels.inlineChat.start', given(request.prompt));
  stream.markdown(t('The edit is proposed at {0}. Accept or discard it there.', place));
}

/** The argument with an instruction. Returns undefined if there is none, which is asked for then. */
function given(prompt: string): { readonly instruction: string } | undefined {
  const instruction = prompt.trim();
  return instruction === '' ? undefined : { instruction };
}

/** The attachments of an edit. */
interface Attached {
  /** The files, each once. */
  readonly uris: readonly vscode.Uri[];
  /** Folders, images and the like, which cannot be edited. */
  readonly others: readonly vscode.ChatPromptReference[];
}

/** Returns what the user attached, and not what VS Code attached by itself. */
async function attachedFiles(references: readonly vscode.ChatPromptReference[]): Promise<Attached> {
  const own = references.filter((one) => !isImplicit(one));
  const images = await imageReferences(own);
  const uris = new Map<string, vscode.Uri>();
  const others: vscode.ChatPromptReference[] = [];
  for (const reference of own) {
    const { value } = reference;
    const uri = value instanceof vscode.Location ? value.uri : value;
    const isFile = uri instanceof vscode.Uri && !images.includes(reference) && !(await isFolder(uri));
    if (isFile) uris.set(uri.toString(), uri);
    else others.push(reference);
  }
  return { uris: [...uris.values()], others };
}

/** Tells if the only attached file is the one in which lines are selected: then those are meant. */
function isSelection(editor: vscode.TextEditor | undefined, uris: readonly vscode.Uri[]): boolean {
  const isSelected = editor?.selection.isEmpty === false;
  return isSelected && uris.every((uri) => uri.toString() === editor.document.uri.toString());
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
