/** “Earlier Instructions”: fills the box of an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { INPUT_FOCUSED, threadIs } from '../when.ts';

export const chooseInlineChatInstruction = defineCommand({
  id: 'ociModels.inlineChat.history',
  title: 'Earlier Instructions…',
  icon: 'history',
  menus: { 'comments/commentThread/title': [{ group: 'navigation@1', when: threadIs('asking') }] },
  keybinding: { key: 'alt+up', when: INPUT_FOCUSED },
  palette: false,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.chooseInstruction(argument);
}
