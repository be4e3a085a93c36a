/** The files that a model sees before it changes them, and the places of those that it adds. */
import * as vscode from 'vscode';
import type { EditedFile } from '../../../assist/index.ts';
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { indentationOf, linesOf, requireWritable, selectedLines } from '../documents.ts';

/** Characters of all files together; more take longer to count than anybody waits. */
const MAX_CHARACTERS = 400_000;

/** A file that the model saw. */
export interface OpenedFile extends EditedFile {
  readonly document: vscode.TextDocument;
}

/** @throws ModelError for files that cannot be changed or are too long. */
export async function openFiles(uris: readonly vscode.Uri[]): Promise<OpenedFile[]> {
  const files: OpenedFile[] = [];
  let characters = 0;
  for (const uri of uris) {
    const document = await vscode.workspace.openTextDocument(uri);
    const path = vscode.workspace.asRelativePath(uri).replaceAll('\\', '/');
    if (uri.scheme === 'vscode-notebook-cell' || path.endsWith('.ipynb')) {
      const message = t(
        'The cells of {0} are edited one by one. Select lines of a cell, and edit those.',
        path,
      );
      throw new ModelError('read-only', message);
    }
    await requireWritable(document);
    const lines = linesOf(document, 0, document.lineCount);
    characters += lines.reduce((sum, line) => sum + line.length + 1, 0);
    const { languageId } = document;
    files.push({ document, path, lines, languageId, indentation: indentationOf(document) });
  }
  if (characters > MAX_CHARACTERS) {
    throw new ModelError(
      'context-overflow',
      t(
        'The files are too long for a model on this machine. Edit fewer files, or select lines and edit those.',
      ),
    );
  }
  return files;
}

/** The selection that the instruction is about. */
export function focusOf(editor: vscode.TextEditor | undefined, files: readonly OpenedFile[]) {
  const file = files.find(({ document }) => document === editor?.document);
  if (editor === undefined || file === undefined || editor.selection.isEmpty) return undefined;
  const [first, last] = selectedLines(editor.selection);
  return { path: file.path, first: first + 1, last: last + 1 };
}

/** The place of a new file, whose path is relative like those that the model saw. */
export function newUri(path: string, files: readonly OpenedFile[]): vscode.Uri {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [start = '', ...rest] = path.split('/');
  const named = folders.length > 1 ? folders.find(({ name }) => name === start) : undefined;
  if (named !== undefined && rest.length > 0) return vscode.Uri.joinPath(named.uri, ...rest);
  const beside = files.map(({ document }) => document.uri).find(({ scheme }) => scheme !== 'untitled');
  const folder = beside === undefined ? undefined : vscode.workspace.getWorkspaceFolder(beside);
  if (folder !== undefined) return vscode.Uri.joinPath(folder.uri, path);
  if (beside !== undefined) return vscode.Uri.joinPath(beside, '..', path);
  throw new ModelError(
    'no-subject',
    t('The model creates {0}, but there is no folder for it. Open one first.', path),
  );
}
