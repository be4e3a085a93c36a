/** Shows changes of files in the diff editor, against documents that exist only there. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { FILES_SCHEME } from '../../commands/when.ts';
import { allTabs } from '../documents.ts';
import type { PendingChange } from './pendingChange.ts';

/** A file of the preview with the documents that stand for it. */
interface Shown {
  readonly change: PendingChange;
  readonly old: vscode.Uri;
  readonly proposed: vscode.Uri;
}

/** The documents with the new text of files, and the editor that compares them with the files. */
export class FilePreview implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(FILES_SCHEME, this);
  #shown: readonly Shown[] = [];
  #count = 0;
  #title: string | undefined;
  #isOpening = false;

  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    const wanted = uri.toString();
    for (const { change, old, proposed } of this.#shown) {
      if (wanted === proposed.toString()) return change.file.lines.join('\n');
      if (wanted === old.toString()) return '';
    }
    return undefined;
  }

  /** Shows changes in one editor, in place of those that are shown. */
  async open(changes: readonly PendingChange[]): Promise<void> {
    const before = this.#tabs();
    const query = `${++this.#count}`;
    this.#shown = changes.map((change) => {
      const proposed = change.uri.with({ scheme: FILES_SCHEME, query, fragment: '' });
      const old = change.document === undefined ? proposed.with({ query: `${query}-empty` }) : change.uri;
      return { change, old, proposed };
    });
    this.#isOpening = true;
    try {
      await this.#open();
      if (before.length > 0) await vscode.window.tabGroups.close(before);
    } finally {
      this.#isOpening = false;
    }
  }

  async #open(): Promise<void> {
    const [only, ...more] = this.#shown;
    if (only === undefined) return;
    if (more.length === 0) {
      const { change, old, proposed } = only;
      this.#title = t('{0} (proposed edit)', vscode.workspace.asRelativePath(change.uri));
      await vscode.commands.executeCommand('vscode.diff', old, proposed, this.#title, { preview: false });
    } else {
      const resources = this.#shown.map(({ change, old, proposed }) => [change.uri, old, proposed]);
      this.#title = t('Proposed edits of {0} files', resources.length);
      await vscode.commands.executeCommand('vscode.changes', this.#title, resources);
      // It is previewed: the next file would take its place, and end the changes.
      if (this.isActive) await vscode.commands.executeCommand('workbench.action.keepEditor');
    }
  }

  /** Reads the new text of a file again. */
  refresh(change: PendingChange): void {
    for (const one of this.#shown) if (one.change === change) this.#changed.fire(one.proposed);
  }

  /** Finds the file that a document stands for, which is the file itself or its new text. */
  find(uri: vscode.Uri): { readonly change: PendingChange; readonly side: 'old' | 'new' } | undefined {
    const wanted = uri.toString();
    for (const { change, proposed } of this.#shown) {
      if (wanted === proposed.toString()) return { change, side: 'new' };
      if (wanted === change.uri.toString()) return { change, side: 'old' };
    }
    return undefined;
  }

  /** True while the editor is open, or about to be. */
  get isOpen(): boolean {
    return this.#isOpening || this.#tabs().length > 0;
  }

  /** True while the editor is the active one. */
  get isActive(): boolean {
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    return activeTab !== undefined && this.#tabs().includes(activeTab);
  }

  /** Closes the editor. */
  async close(): Promise<void> {
    const tabs = this.#tabs();
    this.#shown = [];
    this.#title = undefined;
    if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  /** The stable API tells of an editor of several files only its title, behind which VS Code puts their number. */
  #tabs(): vscode.Tab[] {
    const title = this.#title;
    return title === undefined ? [] : allTabs().filter(({ label }) => label.startsWith(title));
  }
}
