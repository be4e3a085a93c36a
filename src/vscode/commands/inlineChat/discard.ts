/** “Discard”: restores the old lines of a pending inline edit, and stops an answer that is still streaming in. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING } from '../when.ts';

export const discardInlineChat = defineCommand({
  id: 'ociModels.inlineChat.discard',
  title: 'Discard Inline Chat Edit',
  icon: 'discard',
  when: EDIT_PENDING,
  menus: { 'editor/title': ['navigation@2'] },
  enablement: EDIT_PENDING,
  run,
});

/** @param argument the document's URI as text, from the CodeLens. Defaults to that of the active editor. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.discard(typeof argument === 'string' ? argument : undefined);
}
