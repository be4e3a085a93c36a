/** “Inline Chat”: changes the selection, or the line of the cursor, as the user says. */
import type { CommandServices } from '../command.ts';

/** @param argument `{ instruction }` starts without asking, for keybindings and tests. */
export async function startInlineChat({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  const given =
    typeof argument === 'object' && argument !== null && 'instruction' in argument
      ? argument.instruction
      : undefined;
  await inlineChat.start(typeof given === 'string' ? given : undefined);
}
