/** Lets the user say which file or block of the preview is meant: by the cursor, else in a list. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../../base/l10n.ts';
import { type Choice, pickOne } from '../../window/notify.ts';
import { blockRow } from '../blockChoice.ts';
import { blockAt, type EditBlock } from '../editBlocks.ts';
import type { FilePreview } from './filePreview.ts';
import {
  blocksOf,
  type ChangePart,
  currentLines,
  linesIfCurrent,
  type PendingChange,
} from './pendingChange.ts';

/**
 * Returns a file with all of its changes: that of the cursor, the only one, or the one that is picked from a list.
 * @returns undefined if the list was closed.
 * @throws ModelError if the file was changed meanwhile.
 */
export async function chooseFile(
  changes: readonly PendingChange[],
  preview: FilePreview,
  title: Localized,
): Promise<ChangePart | undefined> {
  const { activeTextEditor } = vscode.window;
  const at = activeTextEditor && preview.find(activeTextEditor.document.uri)?.change;
  const change = at ?? (changes.length === 1 ? changes[0] : await pickFile(changes, title));
  return change && { change, blocks: blocksOf(change) };
}

async function pickFile(
  changes: readonly PendingChange[],
  title: Localized,
): Promise<PendingChange | undefined> {
  const rows = changes.map((change) => ({ label: change.file.path, change }));
  return (await pickOne(rows, { title }))?.change;
}

/** A row of the list of blocks. */
interface BlockRow extends Choice {
  readonly change: PendingChange;
  /** None of a file that was changed meanwhile. */
  readonly blocks: readonly EditBlock[];
}

/** Returns a block of a file in the same way. @throws ModelError if its file was changed meanwhile. */
export async function chooseFileBlock(
  changes: readonly PendingChange[],
  preview: Pick<FilePreview, 'find'>,
  title: Localized,
): Promise<ChangePart | undefined> {
  const at = partAtCursor(preview);
  if (at !== undefined) return at;
  const rows = changes.flatMap((change) => blockRows(change, changes.length === 1));
  const row = rows.length === 1 ? rows[0] : await pickOne(rows, { title });
  if (row === undefined) return undefined;
  currentLines(row.change);
  return row;
}

/** The rows of the blocks of a file; one that says why if it has none any more, so that those of others can be chosen. */
function blockRows(change: PendingChange, isOnly: boolean): BlockRow[] {
  const { path, lines } = change.file;
  const original = linesIfCurrent(change);
  if (original === undefined) {
    return [{ label: path, description: t('was changed meanwhile'), change, blocks: [] }];
  }
  const sides = { original, lines, first: 0 };
  return change.file.blocks(original).map((block) => {
    const row = blockRow(block, sides);
    return { ...row, label: isOnly ? row.label : t('{0}, {1}', path, row.label), change, blocks: [block] };
  });
}

function partAtCursor(preview: Pick<FilePreview, 'find'>): ChangePart | undefined {
  const editor = vscode.window.activeTextEditor;
  const found = editor && preview.find(editor.document.uri);
  if (editor === undefined || found === undefined) return undefined;
  const { change, side } = found;
  const block = blockAt(blocksOf(change), editor.selection.active.line, side);
  return block && { change, blocks: [block] };
}
