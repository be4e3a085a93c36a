/** “Choose Blocks”: leaves blocks out of an inline edit that are unmarked in a list. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, IN_PROPOSAL_DIFF, threadIs } from '../when.ts';

export const chooseBlocksOfInlineChat = defineCommand({
  id: 'ociModels.inlineChat.chooseBlocks',
  title: 'Choose Blocks of Inline Edit…',
  icon: 'checklist',
  menus: { 'comments/commentThread/title': [{ group: 'navigation@6', when: threadIs('ready') }] },
  palette: `${EDIT_PENDING} || ${IN_PROPOSAL_DIFF}`,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.chooseBlocks(argument);
}
