/** “Cancel”: closes the box of an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_INPUT, INPUT_FOCUSED } from '../when.ts';

export const cancelInlineChat = defineCommand({
  id: 'ociModels.inlineChat.cancel',
  title: 'Cancel',
  icon: 'close',
  menus: { 'comments/comment/context': [{ group: 'inline@2', when: IN_INPUT }] },
  keybinding: { key: 'escape', when: `${INPUT_FOCUSED} && !suggestWidgetVisible` },
  palette: false,
  run,
});

/** @param argument the comment of the box, from its button. Defaults to every box. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.cancel(argument);
}
