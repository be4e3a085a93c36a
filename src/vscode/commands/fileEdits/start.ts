/** “Edit Files with Local Model…”: changes several places of a file, or several files, as the user instructs. */
import * as vscode from 'vscode';
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER, EDITOR_IS_WRITABLE } from '../when.ts';

export const startFileEdits = defineCommand({
  id: 'ociModels.fileEdits.start',
  title: 'Edit Files with Local Model…',
  icon: 'sparkle',
  when: `${EDITOR_IS_WRITABLE} && editorHasSelection`,
  menus: { 'editor/context': ['1_modification@9'] },
  enablement: 'editorIsOpen && !activeEditorIsReadonly',
  palette: CAN_ANSWER,
  run,
});

/** @param argument `{ instruction, uris }` for the chat, keybindings and tests; both may be left out. */
async function run({ fileEdits }: CommandServices, argument: unknown): Promise<void> {
  const instruction = property(argument, 'instruction');
  const uris = property(argument, 'uris');
  await fileEdits.start(
    typeof instruction === 'string' ? instruction : undefined,
    Array.isArray(uris) ? uris.filter((uri) => uri instanceof vscode.Uri) : [],
  );
}
