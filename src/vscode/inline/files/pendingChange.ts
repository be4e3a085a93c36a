/** Changes of files as edits of VS Code. */
import * as vscode from 'vscode';
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { linesOf } from '../documents.ts';
import type { EditBlock } from '../editBlocks.ts';
import { lineEdit } from '../lineEdit.ts';
import type { PendingFile } from './pendingFile.ts';

/** Changes of a file that wait for the user. */
export interface PendingChange {
  readonly uri: vscode.Uri;
  readonly file: PendingFile;
  /** Undefined of a new file. */
  readonly document: vscode.TextDocument | undefined;
}

/** A file with the changes that are left in it. */
export interface ChangeRest {
  readonly change: PendingChange;
  readonly left: readonly EditBlock[];
}

/** Some of the changes of a file. */
export interface ChangePart {
  readonly change: PendingChange;
  readonly blocks: readonly EditBlock[];
}

/**
 * Returns the lines of a file; none of a new one.
 * @throws ModelError if they are not those that its changes are about.
 */
export function currentLines(change: PendingChange): readonly string[] {
  const lines = linesIfCurrent(change);
  if (lines !== undefined) return lines;
  const { path } = change.file;
  throw new ModelError('engine-error', t('{0} was changed meanwhile. Ask for the edit again.', path));
}

/** Returns the same lines, or undefined instead of an error. */
export function linesIfCurrent({ document, file }: PendingChange): readonly string[] | undefined {
  if (document === undefined) return [];
  const lines = linesOf(document, 0, document.lineCount);
  return document.isClosed || !file.isAbout(lines) ? undefined : lines;
}

/** Returns the changes that are left in a file. @throws ModelError as {@link currentLines}. */
export function blocksOf(change: PendingChange): readonly EditBlock[] {
  return change.file.blocks(currentLines(change));
}

/**
 * Makes changes as one undo step, or none. Open documents are not saved.
 * @returns what is left, in the order of `parts`.
 * @throws ModelError as {@link currentLines}, or if a file cannot be changed or there is one at the place of a new one.
 */
export async function take(parts: readonly ChangePart[]): Promise<ChangeRest[]> {
  const edit = new vscode.WorkspaceEdit();
  const rests: ChangeRest[] = [];
  const afterwards: (() => void)[] = [];
  for (const { change, blocks } of parts) {
    const current = currentLines(change);
    const lines = change.file.taking(current, blocks);
    rests.push({ change, left: change.file.blocks(lines) });
    afterwards.push(() => change.file.goOnFrom(lines));
    if (change.document === undefined) await create(edit, change, lines);
    else replace(edit, change.document, current, lines);
  }
  if (!(await vscode.workspace.applyEdit(edit)))
    throw new ModelError('read-only', t('The files cannot be changed. Are they read-only?'));
  for (const goOn of afterwards) goOn();
  return rests;
}

/** Leaves blocks out of the changes of a file. @returns what is left. @throws ModelError as {@link currentLines}. */
export function leave({ change, blocks }: ChangePart): ChangeRest {
  const current = currentLines(change);
  change.file.leave(current, blocks);
  return { change, left: change.file.blocks(current) };
}

async function create(
  edit: vscode.WorkspaceEdit,
  { uri, file: { path } }: PendingChange,
  lines: readonly string[],
): Promise<void> {
  const isThere = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (isThere) throw new ModelError('engine-error', t('{0} exists already. Rename it, and try again.', path));
  const text = lines.at(-1) === '' ? lines.join('\n') : `${lines.join('\n')}\n`;
  edit.createFile(uri, { contents: new TextEncoder().encode(text) });
}

function replace(
  edit: vscode.WorkspaceEdit,
  document: vscode.TextDocument,
  current: readonly string[],
  lines: readonly string[],
): void {
  const change = lineEdit(current, lines, {
    startLine: 0,
    lineCount: document.lineCount,
    lengthOf: (line) => document.lineAt(line).text.length,
    eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
  });
  if (change === undefined) return;
  const { startLine, startCharacter, endLine, endCharacter, text } = change;
  edit.replace(document.uri, new vscode.Range(startLine, startCharacter, endLine, endCharacter), text);
}
