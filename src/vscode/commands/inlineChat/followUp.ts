/** “Follow-up”: another instruction about an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, threadIs } from '../when.ts';

export const followUpInlineChat = defineCommand({
  id: 'ociModels.inlineChat.followUp',
  title: 'Change Inline Edit…',
  icon: 'edit',
  menus: { 'comments/commentThread/title': [{ group: 'navigation@4', when: threadIs('ready') }] },
  palette: EDIT_PENDING,
  run,
});

/** @param argument as for the others, or `{ instruction }`, which is not asked for then. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.followUp(argument);
}
