/** “Discard” of a pending inline edit; while the answer still streams in, it stops it. */
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

/** @param argument the document's URI as text, from the CodeLens; the active editor's where absent. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.discard(typeof argument === 'string' ? argument : undefined);
}
