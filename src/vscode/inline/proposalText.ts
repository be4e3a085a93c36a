/** The Markdown of a proposal in its comment thread. Pure. */
import { diffLines, fenced } from '../../assist/index.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { codeText, markdownText } from '../../base/text.ts';
import type { CommandId } from '../commands/ids.generated.ts';

/** Lines that are shown while more come. The thread scrolls beyond about 14, and stays at its top. */
export const STREAMED_LINES = 12;
/** Lines beyond which a proposal is shown in the diff editor: each takes VS Code a moment to render. */
export const LONG_LINES = 200;

const MARKS = { same: ' ', removed: '-', added: '+' } as const;

/** A button in the text. */
export interface TextButton {
  readonly title: Localized;
  readonly icon: string;
  readonly command: CommandId;
}

/** Returns the newest lines of an answer that is still coming. */
export function streamedText(lines: readonly string[], languageId: string): string {
  return fenced(lines.slice(-STREAMED_LINES).map(codeText), languageId);
}

/** Returns a whole proposal: as a diff if it keeps some of the lines, else in the colors of its language. */
export function proposedText(
  original: readonly string[],
  lines: readonly string[],
  languageId: string,
): string {
  if (lines.length === 0) return markdownText(t('Deletes these lines.'));
  if (lines.length > LONG_LINES) return markdownText(t('{0} lines, shown in the diff editor.', lines.length));
  const diff = diffLines(original, lines);
  if (!diff.some(({ kind, text }) => kind === 'same' && text.trim() !== '')) {
    return fenced(lines.map(codeText), languageId);
  }
  return fenced(
    diff.map(({ kind, text }) => MARKS[kind] + codeText(text)),
    'diff',
  );
}

/** Returns the buttons as links that run commands with `argument`. */
export function buttonsText(buttons: readonly TextButton[], argument: string): string {
  const query = encodeURIComponent(JSON.stringify([argument]));
  return buttons
    .map(({ title, icon, command }) => `$(${icon}) [${markdownText(title)}](command:${command}?${query})`)
    .join(' · ');
}
