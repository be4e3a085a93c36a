/**
 * The only way to show a page of HTML. A page has no scripts and loads nothing: its links run the few commands that it
 * is opened with, and its only style sheet has a nonce. All words in it go through {@link htmlText}; a test makes sure
 * that nothing bypasses this file.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';
import { plainText } from '../../base/text.ts';
import type { CommandId } from '../commands/ids.generated.ts';

/** Text as HTML shows it, with nothing hidden in it. */
export function htmlText(text: string): string {
  return plainText(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}

/**
 * A link that runs a command.
 * @param label says to screen readers what the short text is about. @param argument of the command; none by default.
 */
export function commandLink(
  command: CommandId,
  text: Localized,
  label: Localized,
  argument?: string,
): string {
  const query = argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([argument]))}`;
  return `<a href="command:${command}${query}" aria-label="${htmlText(label)}">${htmlText(text)}</a>`;
}

/** The content of a page. */
export interface PageContent {
  readonly title: Localized;
  /** CSS, without words of others. */
  readonly style: string;
  /** HTML, whose words went through {@link htmlText}. */
  readonly body: string;
}

/** Returns the whole page. @param language a BCP 47 tag. @param nonce of its style sheet. */
export function htmlPage({ title, style, body }: PageContent, language: string, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="${htmlText(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
${body}
</body>
</html>`;
}

/** An open page. */
export interface OpenPage {
  reveal(): void;
  /** Replaces the content. */
  show(content: PageContent): void;
  dispose(): void;
}

/** Opens an empty page in an editor. @param commands the only ones that its links may run. @param onClosed called once. */
export function openPage(
  type: string,
  title: Localized,
  commands: readonly CommandId[],
  onClosed: () => void,
): OpenPage {
  const options = { enableScripts: false, enableCommandUris: [...commands], localResourceRoots: [] };
  const panel = vscode.window.createWebviewPanel(type, title, vscode.ViewColumn.Active, options);
  panel.onDidDispose(onClosed);
  return {
    reveal: () => panel.reveal(),
    show: (content) => {
      panel.webview.html = htmlPage(content, vscode.env.language, randomBytes(16).toString('base64'));
    },
    dispose: () => panel.dispose(),
  };
}
