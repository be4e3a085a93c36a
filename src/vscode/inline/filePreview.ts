/** Shows changes of files in the diff editor, against documents that exist only there. */
import * as vscode from 'vscode';
import type { FileEdit } from '../../assist/index.ts';
import { t } from '../../base/l10n.ts';
import { FILES_SCHEME } from '../commands/when.ts';

/** A change of a file. */
export interface FileChange extends FileEdit {
  readonly uri: vscode.Uri;
}

/** The documents with the new text of files, and the editor that compares them with the files. */
export class FilePreview implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(FILES_SCHEME, this);
  #count = 0;
  #title: string | undefined;

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    return this.#texts.get(uri.toString());
  }

  /** Shows changes in one editor. */
  async open(changes: readonly FileChange[]): Promise<void> {
    const query = `${++this.#count}`;
    this.#texts.clear();
    const pairs = changes.map(({ uri, isNew, lines }): [vscode.Uri, vscode.Uri, vscode.Uri] => {
      const proposed = uri.with({ scheme: FILES_SCHEME, query, fragment: '' });
      const empty = proposed.with({ query: `${query}-empty` });
      this.#texts.set(proposed.toString(), lines.join('\n'));
      if (isNew) this.#texts.set(empty.toString(), '');
      return [uri, isNew ? empty : uri, proposed];
    });
    const [only, ...more] = pairs;
    if (only === undefined) return;
    if (more.length === 0) {
      const [uri, old, proposed] = only;
      this.#title = t('{0} (proposed edit)', vscode.workspace.asRelativePath(uri));
      await vscode.commands.executeCommand('vscode.diff', old, proposed, this.#title, { preview: true });
    } else {
      this.#title = t('Proposed edits of {0} files', pairs.length);
      await vscode.commands.executeCommand('vscode.changes', this.#title, pairs);
    }
  }

  /** True while the editor is open. */
  get isOpen(): boolean {
    return this.#tabs().length > 0;
  }

  /** Closes the editor. */
  async close(): Promise<void> {
    const tabs = this.#tabs();
    if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
    this.#texts.clear();
    this.#title = undefined;
  }

  dispose(): void {
    this.#registration.dispose();
  }

  /** The stable API tells of an editor of several files only its title, behind which VS Code puts their number. */
  #tabs(): vscode.Tab[] {
    const title = this.#title;
    if (title === undefined) return [];
    return vscode.window.tabGroups.all.flatMap(({ tabs }) =>
      tabs.filter(({ label }) => label.startsWith(title)),
    );
  }
}
