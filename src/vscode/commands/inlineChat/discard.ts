/** “Discard” of a pending inline edit; while the answer still streams in, it stops it. */
import type { CommandServices } from '../command.ts';

/** @param argument the document's URI as text, from the CodeLens; the active editor's where absent. */
export async function discardInlineChat({ inlineChat }: CommandServices, argument: unknown): Promise<void> {
  await inlineChat.discard(typeof argument === 'string' ? argument : undefined);
}
