/** Lets the user say which blocks of a proposal are meant: by the cursor in the diff editor, else in a list. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../base/l10n.ts';
import { PROPOSAL_SCHEME } from '../commands/when.ts';
import { type Choice, pickMany, pickOne, showInfo } from '../window/notify.ts';
import { blockAt, type EditBlock } from './editBlocks.ts';
import type { Proposal } from './proposal.ts';

interface BlockChoice extends Choice {
  readonly block: EditBlock;
}

/**
 * Returns the block at the cursor, the only one, or the one that the user picks from a list.
 * @returns undefined if the list was closed.
 */
export async function chooseBlock(proposal: Proposal, title: Localized): Promise<EditBlock | undefined> {
  const { blocks } = proposal;
  const found = blockAtCursor(proposal) ?? (blocks.length === 1 ? blocks[0] : undefined);
  return found ?? (await unchanged(proposal, () => pickOne(choices(proposal), { title })))?.block;
}

/** Lets the user unmark blocks. @returns those that stay marked; undefined if the list was closed. */
export async function chooseBlocks(proposal: Proposal): Promise<readonly EditBlock[] | undefined> {
  const rows = choices(proposal).map((choice) => ({ ...choice, picked: true }));
  const title = t('Blocks of the Edit');
  const placeHolder = t('Unmark the blocks to leave out');
  const picked = await unchanged(proposal, () => pickMany(rows, { title, placeHolder }));
  return picked?.map(({ block }) => block);
}

/** Returns what is picked from a list of a proposal's blocks; undefined if they are not the same any more. */
async function unchanged<T>(
  proposal: Proposal,
  pick: () => PromiseLike<T | undefined>,
): Promise<T | undefined> {
  const { state, original } = proposal;
  const picked = await pick();
  if (picked === undefined || (proposal.state === state && proposal.original === original)) return picked;
  void showInfo(t('The edit has changed meanwhile. Choose its blocks again.'));
  return undefined;
}

function blockAtCursor({ document, blocks, first }: Proposal): EditBlock | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return undefined;
  const line = editor.selection.active.line - first;
  if (editor.document === document) return blockAt(blocks, line, 'old');
  return editor.document.uri.scheme === PROPOSAL_SCHEME ? blockAt(blocks, line, 'new') : undefined;
}

function choices({ blocks, state, original, first }: Proposal): BlockChoice[] {
  const sides = { original, lines: state.kind === 'ready' ? state.lines : [], first };
  return blocks.map((block) => ({ ...blockRow(block, sides), block }));
}

/** The row of a block in a list. @param sides the old and the new lines, and the zero-based number of the first old one. */
export function blockRow(
  { oldStart, oldCount, newStart, newCount }: EditBlock,
  { original, lines, first }: Pick<Proposal, 'original' | 'first'> & { readonly lines: readonly string[] },
): Choice & { readonly label: Localized } {
  return {
    label: t('Line {0}', first + oldStart + 1),
    description: `+${newCount} −${oldCount}`,
    detail: (newCount > 0 ? lines[newStart] : original[oldStart])?.trim() ?? '',
  };
}
