/**
 * The only way to make Markdown that VS Code renders with buttons. Its text must be made by `markdownText` for words and
 * by `fenced` for code, whoever wrote them; a test makes sure that nothing bypasses this file.
 */
import * as vscode from 'vscode';
import type { CommandId } from '../commands/ids.generated.ts';

/** @param paragraphs Markdown. @param commands the only ones that its links may run. */
export function markdownWithButtons(
  paragraphs: readonly string[],
  commands: readonly CommandId[],
): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(paragraphs.join('\n\n'), true);
  markdown.isTrusted = { enabledCommands: commands };
  return markdown;
}
