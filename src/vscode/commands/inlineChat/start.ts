/** “Edit with Local Model…”: changes the selection, or the line of the cursor, as the user instructs. */
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER, EDITOR_IS_READ_ONLY, EDITOR_IS_WRITABLE } from '../when.ts';

export const startInlineChat = defineCommand({
  id: 'ociModels.inlineChat.start',
  title: 'Edit with Local Model…',
  icon: 'sparkle',
  when: EDITOR_IS_WRITABLE,
  menus: { 'editor/context': ['1_modification@9'] },
  keybinding: [
    { key: 'ctrl+k l', mac: 'cmd+k l' },
    // Says why nothing happens.
    { key: 'ctrl+k l', mac: 'cmd+k l', when: EDITOR_IS_READ_ONLY, args: { isReadOnly: true } },
  ],
  // VS Code applies it to keys as well.
  enablement: 'editorIsOpen',
  palette: `${CAN_ANSWER} && editorIsOpen && !activeEditorIsReadonly`,
  run,
});

/**
 * @param argument `{ instruction }` is not asked for, for keybindings and tests; `{ isReadOnly: true }` if the editor is.
 * @returns the id of the edit, which the other commands take.
 * @throws ModelError `read-only` if the document cannot be changed.
 */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<string | undefined> {
  const given = property(argument, 'instruction');
  const isReadOnly = property(argument, 'isReadOnly') === true;
  return inlineChat.start(typeof given === 'string' ? given : undefined, isReadOnly);
}
