/** Says something beside an answer, which VS Code folds away and never gives back to the model. */
import * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';
import { markdownText } from '../../base/text.ts';

/** The part of an answer that shows thoughts. Not in the stable typings, but exported to all extensions. */
type ThinkingPart = new (text: string) => vscode.LanguageModelResponsePart;

/**
 * Reports a sentence about the prompt as a thought. An editor without thoughts shows nothing: as text it would become a
 * part of the conversation, and models repeat it.
 */
export function sayAside(
  progress: vscode.Progress<vscode.LanguageModelResponsePart>,
  sentence: Localized,
): void {
  const part = (vscode as { readonly LanguageModelThinkingPart?: ThinkingPart }).LanguageModelThinkingPart;
  if (part !== undefined) progress.report(new part(`${markdownText(sentence)}\n`));
}
