/** “Accept”: keeps the new lines of a pending inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { EDIT_PENDING } from '../when.ts';

export const acceptInlineChat = defineCommand({
  id: 'ociModels.inlineChat.accept',
  title: 'Accept Inline Chat Edit',
  icon: 'check',
  when: EDIT_PENDING,
  menus: { 'editor/title': ['navigation@1'] },
  enablement: EDIT_PENDING,
  run,
});

/** @param argument the document's URI as text, from the CodeLens. Defaults to that of the active editor. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.accept(typeof argument === 'string' ? argument : undefined);
}
