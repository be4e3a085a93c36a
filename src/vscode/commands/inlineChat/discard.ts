/** “Discard”: ends an inline edit, also one that is still coming. The document stays as it is. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import {
  EDIT_AT_CURSOR,
  EDIT_PENDING,
  EDITOR_KEYS_FREE,
  IN_PROPOSAL_DIFF,
  THREAD_FOCUSED,
  threadIs,
} from '../when.ts';

export const discardInlineChat = defineCommand({
  id: 'ociModels.inlineChat.discard',
  title: 'Discard Inline Edit',
  icon: 'discard',
  menus: {
    'comments/commentThread/title': [
      { group: 'navigation@2', when: threadIs('working', 'ready', 'stale', 'failed') },
    ],
    'editor/title': [{ group: 'navigation@-2', when: IN_PROPOSAL_DIFF }],
  },
  keybinding: [
    { key: 'escape', when: `${EDIT_AT_CURSOR} && ${EDITOR_KEYS_FREE}` },
    { key: 'escape', when: THREAD_FOCUSED, args: { thread: true } },
    { key: 'escape', when: `${IN_PROPOSAL_DIFF} && ${EDITOR_KEYS_FREE}` },
  ],
  palette: `${EDIT_PENDING} || ${IN_PROPOSAL_DIFF}`,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.discard(argument);
}
