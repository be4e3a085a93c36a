/** “Propose in Editor”: proposes the code of an answer at the lines that it is about. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';

export const applyAnswer = defineCommand({
  id: 'ociModels.chat.apply',
  title: 'Propose in Editor',
  palette: false,
  run,
});

/**
 * @param argument the id of the answer.
 * @returns the id of the proposal.
 */
async function run({ chat, inlineChat }: CommandServices, argument: unknown): Promise<string> {
  return inlineChat.propose(chat.answered.find(argument));
}
