/** Facts of documents that edits need. */
import * as vscode from 'vscode';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';

/** Returns the lines `from` to `to`, zero-based and the last one excluded, as far as the document has them. */
export function linesOf(document: vscode.TextDocument, from: number, to: number): string[] {
  const first = Math.max(0, from);
  const length = Math.max(0, Math.min(document.lineCount, to) - first);
  return Array.from({ length }, (_, index) => document.lineAt(first + index).text);
}

/** Returns up to `around` lines before and after the lines `first` to `last`. */
export function linesAround(
  document: vscode.TextDocument,
  { first, last }: { readonly first: number; readonly last: number },
  around: number,
): { before: string[]; after: string[] } {
  return {
    before: linesOf(document, first - around, first),
    after: linesOf(document, last + 1, last + 1 + around),
  };
}

/** Returns whole lines. A selection that ends before the first character of a line excludes that line. */
export function selectedLines(selection: vscode.Selection): [first: number, last: number] {
  const { start, end } = selection;
  const last = end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
  return [start.line, last];
}

/** One level of a document's indentation, as its editor has it. */
export function indentationOf(document: vscode.TextDocument): string {
  const editor = editorOf(document);
  const { insertSpaces, tabSize } = editor?.options ?? {};
  return insertSpaces === false ? '\t' : ' '.repeat(typeof tabSize === 'number' ? tabSize : 4);
}

/** Returns the visible editor of a document, the active one first. */
export function editorOf(document: vscode.TextDocument): vscode.TextEditor | undefined {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  if (activeTextEditor?.document === document) return activeTextEditor;
  return visibleTextEditors.find((editor) => editor.document === document);
}

/** Scrolls so that a thread below a line opens within the editor, and not below its end. */
export function makeRoomBelow(editor: vscode.TextEditor, line: number): void {
  const visible = editor.visibleRanges[0];
  const middle = visible === undefined ? 0 : (visible.start.line + visible.end.line) / 2;
  if (line <= middle) return;
  editor.revealRange(new vscode.Range(line, 0, line, 0), vscode.TextEditorRevealType.InCenter);
}

/** Schemes of documents that have no file system and can be changed. */
const WRITABLE_SCHEMES: ReadonlySet<string> = new Set(['untitled', 'vscode-notebook-cell']);

/**
 * Tells if a document cannot be changed: it comes from a read-only file system, from a provider of contents, or its file
 * is read-only there. What settings and the user make read-only, extensions are not told.
 */
async function isReadOnly({ uri }: vscode.TextDocument): Promise<boolean> {
  if (WRITABLE_SCHEMES.has(uri.scheme)) return false;
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== true) return true;
  try {
    const { permissions = 0 } = await vscode.workspace.fs.stat(uri);
    return (permissions & vscode.FilePermission.Readonly) !== 0;
  } catch {
    // A file that is not on disk yet, or not any more.
    return false;
  }
}

/**
 * @param isKnown true if VS Code has told that the document's editor is read-only. Defaults to asking its file system.
 * @throws ModelError `read-only` for a document that cannot be changed.
 */
export async function requireWritable(document: vscode.TextDocument, isKnown = false): Promise<void> {
  if (isKnown || (await isReadOnly(document))) {
    throw new ModelError('read-only', t('{0} cannot be changed. Is it read-only?', pathOf(document)));
  }
}

/** The path of a document in its folder, as people know it: a cell of a notebook has that of the notebook. */
export function pathOf(document: vscode.TextDocument): string {
  return vscode.workspace.asRelativePath(notebookOf(document)?.uri ?? document.uri);
}

/** The notebook of a cell. The cell's own address does not tell the notebook's in a remote window. */
function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | undefined {
  if (document.uri.scheme !== 'vscode-notebook-cell') return undefined;
  return vscode.workspace.notebookDocuments.find((notebook) =>
    notebook.getCells().some((cell) => cell.document === document),
  );
}

/** Finds documents that are not in a tab any more. VS Code tells of a new tab later than of its editor. */
export class Tabs {
  readonly #seen = new WeakSet<vscode.TextDocument>();

  /** Takes note of a document's tab, if it has one by now. @returns true if it has one. */
  see(document: vscode.TextDocument): boolean {
    const isSeen = isInTab(document);
    if (isSeen) this.#seen.add(document);
    return isSeen;
  }

  /** Returns true if the document was in a tab when it was looked at before, and is in none now. */
  hasLost(document: vscode.TextDocument): boolean {
    return !this.see(document) && this.#seen.has(document);
  }
}

/** Tells if a document is open in a tab. Cells of notebooks count as open. */
function isInTab({ uri }: vscode.TextDocument): boolean {
  const wanted = uri.toString();
  return (
    uri.scheme === 'vscode-notebook-cell' || allTabs().some(({ input }) => urisOf(input).includes(wanted))
  );
}

/** Tells if a document is shown in the active tab only until another one is opened. */
export function isPreviewed({ uri }: vscode.TextDocument): boolean {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  return tab?.isPreview === true && urisOf(tab.input).includes(uri.toString());
}

/** All tabs of all groups. */
export function allTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
}

function urisOf(input: unknown): string[] {
  if (input instanceof vscode.TabInputText) return [input.uri.toString()];
  if (!(input instanceof vscode.TabInputTextDiff)) return [];
  return [input.original.toString(), input.modified.toString()];
}
