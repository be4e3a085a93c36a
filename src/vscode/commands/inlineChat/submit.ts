/** “Generate”: sends what was typed into the box of an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_INPUT, INPUT_FOCUSED } from '../when.ts';

export const submitInlineChat = defineCommand({
  id: 'ociModels.inlineChat.submit',
  title: 'Generate',
  icon: 'sparkle',
  menus: { 'comments/comment/context': [{ group: 'inline@1', when: IN_INPUT }] },
  keybinding: { key: 'enter', when: `${INPUT_FOCUSED} && !suggestWidgetVisible` },
  palette: false,
  run,
});

/** @param argument the comment with the text, from its button. Defaults to the box with the keyboard. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.submit(argument);
}
