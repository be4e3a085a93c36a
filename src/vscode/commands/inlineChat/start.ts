/** “Edit with Local Model…”: changes the selection, or the line of the cursor, as the user instructs. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDITOR_IS_WRITABLE } from '../when.ts';

export const startInlineChat = defineCommand({
  id: 'ociModels.inlineChat.start',
  title: 'Edit with Local Model…',
  icon: 'sparkle',
  when: EDITOR_IS_WRITABLE,
  menus: { 'editor/context': ['1_modification@9'] },
  keybinding: { key: 'ctrl+k l', mac: 'cmd+k l' },
  enablement: 'editorIsOpen && !activeEditorIsReadonly',
  run,
});

/**
 * @param argument `{ instruction }` is not asked for, for keybindings and tests.
 * @returns the id of the edit, which the other commands take.
 */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<string | undefined> {
  const given =
    typeof argument === 'object' && argument !== null && 'instruction' in argument
      ? argument.instruction
      : undefined;
  return inlineChat.start(typeof given === 'string' ? given : undefined);
}
