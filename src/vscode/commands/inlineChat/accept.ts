/** “Accept” of a pending inline edit. */
import type { CommandServices } from '../command.ts';

/** @param argument the document's URI as text, from the CodeLens; the active editor's where absent. */
export async function acceptInlineChat({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.accept(typeof argument === 'string' ? argument : undefined);
}
