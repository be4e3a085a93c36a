/** The commands of `@local`, in the order of VS Code's list; one file each. */
import { commit } from './commit.ts';
import { continueAnswer } from './continue.ts';
import { doc } from './doc.ts';
import { edit } from './edit.ts';
import { explain } from './explain.ts';
import { fix } from './fix.ts';
import { model } from './model.ts';
import { pull } from './pull.ts';
import { review } from './review.ts';
import type { SlashCommand } from './slashCommand.ts';
import { tests } from './tests.ts';

export { commit, commitMessageOf } from './commit.ts';
export type { ActCommand, AskCommand, FollowUp, SlashCommand } from './slashCommand.ts';

export const SLASH_COMMANDS: readonly SlashCommand[] = [
  explain,
  fix,
  tests,
  doc,
  edit,
  review,
  commit,
  continueAnswer,
  model,
  pull,
];

/** Returns the command of a request, or undefined if it has none. */
export function slashCommand(name: string | undefined): SlashCommand | undefined {
  return SLASH_COMMANDS.find((command) => command.name === name);
}
