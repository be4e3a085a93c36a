/** “Accept Block”: replaces the old lines of the block at the cursor; the other blocks stay proposed. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, IN_PROPOSAL_DIFF } from '../when.ts';

export const acceptBlockOfInlineChat = defineCommand({
  id: 'ociModels.inlineChat.acceptBlock',
  title: 'Accept Block of Inline Edit',
  icon: 'check-all',
  menus: { 'editor/title': [{ group: 'navigation@-5', when: IN_PROPOSAL_DIFF }] },
  keybinding: { key: 'alt+enter', when: IN_PROPOSAL_DIFF },
  palette: `${EDIT_PENDING} || ${IN_PROPOSAL_DIFF}`,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.acceptBlock(argument);
}
