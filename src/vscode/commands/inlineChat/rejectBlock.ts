/** “Reject Block”: leaves the block at the cursor out of an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, IN_PROPOSAL_DIFF } from '../when.ts';

export const rejectBlockOfInlineChat = defineCommand({
  id: 'ociModels.inlineChat.rejectBlock',
  title: 'Reject Block of Inline Edit',
  icon: 'remove',
  menus: { 'editor/title': [{ group: 'navigation@-4', when: IN_PROPOSAL_DIFF }] },
  keybinding: { key: 'alt+backspace', when: IN_PROPOSAL_DIFF },
  palette: `${EDIT_PENDING} || ${IN_PROPOSAL_DIFF}`,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.rejectBlock(argument);
}
