/** “Resume Code Completions”: ends a pause before its time. */
import { defineCommand } from '../defineCommand.ts';
import { COMPLETIONS, SNOOZED } from '../when.ts';

export const resumeCompletions = defineCommand({
  id: 'ociModels.completion.resume',
  title: 'Resume Code Completions',
  palette: `${COMPLETIONS} && ${SNOOZED}`,
  run: async ({ completions }) => completions.snooze.resume(),
});
