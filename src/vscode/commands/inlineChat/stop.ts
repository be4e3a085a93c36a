/** “Stop”: ends the answer to an inline edit that is still coming. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING, threadIs } from '../when.ts';

export const stopInlineChat = defineCommand({
  id: 'ociModels.inlineChat.stop',
  title: 'Stop Inline Edit',
  icon: 'debug-stop',
  menus: { 'comments/commentThread/title': [{ group: 'navigation@1', when: threadIs('working') }] },
  palette: EDIT_PENDING,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  inlineChat.stop(argument);
}
