/** “Retry”: asks for the same inline edit again, with the lines as they are now. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, threadIs } from '../when.ts';

export const retryInlineChat = defineCommand({
  id: 'ociModels.inlineChat.retry',
  title: 'Retry Inline Edit',
  icon: 'refresh',
  menus: {
    'comments/commentThread/title': [{ group: 'navigation@3', when: threadIs('ready', 'stale', 'failed') }],
  },
  palette: EDIT_PENDING,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.retry(argument);
}
