/** “Open Diff”: compares the file with an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, threadIs } from '../when.ts';

export const openInlineChatDiff = defineCommand({
  id: 'ociModels.inlineChat.openDiff',
  title: 'Open Diff of Inline Edit',
  icon: 'diff',
  menus: { 'comments/commentThread/title': [{ group: 'navigation@5', when: threadIs('ready') }] },
  palette: EDIT_PENDING,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.openDiff(argument);
}
