/** “Accept”: replaces the old lines with those of an inline edit. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import {
  EDIT_AT_CURSOR,
  EDIT_HELD,
  EDIT_PENDING,
  EDITOR_KEYS_FREE,
  IN_PROPOSAL_DIFF,
  THREAD_FOCUSED,
  threadIs,
} from '../when.ts';

export const acceptInlineChat = defineCommand({
  id: 'ociModels.inlineChat.accept',
  title: 'Accept Inline Edit',
  icon: 'check',
  menus: {
    'comments/commentThread/title': [{ group: 'navigation@1', when: threadIs('ready') }],
    'editor/title': [{ group: 'navigation@-3', when: IN_PROPOSAL_DIFF }],
  },
  keybinding: [
    { key: 'enter', when: `${EDIT_HELD} && ${EDITOR_KEYS_FREE}` },
    { key: 'ctrl+enter', mac: 'cmd+enter', when: `${EDIT_AT_CURSOR} && ${EDITOR_KEYS_FREE}` },
    { key: 'enter', when: THREAD_FOCUSED, args: { thread: true } },
    { key: 'ctrl+enter', mac: 'cmd+enter', when: THREAD_FOCUSED, args: { thread: true } },
    { key: 'ctrl+enter', mac: 'cmd+enter', when: IN_PROPOSAL_DIFF },
  ],
  palette: `${EDIT_PENDING} || ${IN_PROPOSAL_DIFF}`,
  run,
});

/** @param argument see `InlineChat`; buttons pass their thread, comment, document or the edit’s id. */
async function run({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.accept(argument);
}
