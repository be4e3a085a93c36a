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

/**
 * A text that is folded away below its summary, until the user unfolds it.
 * @param summary plain text. @param lines Markdown.
 */
export function foldedText(summary: string, lines: readonly string[]): vscode.MarkdownString {
  const text = `<details><summary>${summary}</summary>\n\n${lines.join('  \n')}\n\n</details>\n\n`;
  const markdown = new vscode.MarkdownString(text);
  markdown.supportHtml = true;
  return markdown;
}
