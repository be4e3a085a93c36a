/** “Inline Chat”: changes the selection, or the line of the cursor, as the user instructs. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDITOR_IS_WRITABLE } from '../when.ts';

export const startInlineChat = defineCommand({
  id: 'ociModels.inlineChat.start',
  title: 'Inline Chat',
  icon: 'sparkle',
  when: EDITOR_IS_WRITABLE,
  menus: { 'editor/context': ['1_modification@9'] },
  keybinding: { key: 'ctrl+k l', mac: 'cmd+k l' },
  enablement: 'editorIsOpen',
  run,
});

/** @param argument `{ instruction }` starts without a prompt, for keybindings and tests. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  const given =
    typeof argument === 'object' && argument !== null && 'instruction' in argument
      ? argument.instruction
      : undefined;
  await inlineChat.start(typeof given === 'string' ? given : undefined);
}
