/** Changes of several places and files: one preview, one undo step, and nothing is written before Accept. */
import * as vscode from 'vscode';
import { type EditedFile, type FileEditsResult, requestFileEdits } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { isolated } from '../../base/text.ts';
import type { Session } from '../../session/index.ts';
import { FILES_PENDING } from '../commands/when.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { showError } from '../window/errors.ts';
import { askForText, showInfo, withProgress } from '../window/notify.ts';
import { indentationOf, linesOf, requireWritable, selectedLines } from './documents.ts';
import { type FileChange, FilePreview } from './filePreview.ts';
import { lineEdit } from './lineEdit.ts';

/** Characters of all files together; more take longer to count than anybody waits. */
const MAX_CHARACTERS = 400_000;

/** A file that the model saw. */
interface OpenedFile extends EditedFile {
  readonly document: vscode.TextDocument;
  /** Of the document that the model saw. */
  readonly version: number;
}

/** Changes that wait for the user. */
interface Pending {
  readonly files: readonly OpenedFile[];
  readonly changes: readonly FileChange[];
}

/** The changes of files of this window; one set of them at a time. */
export class FileEdits implements vscode.Disposable {
  readonly #models: Session;
  readonly #log: Log;
  readonly #preview = new FilePreview();
  readonly #subscription: vscode.Disposable;
  #pending: Pending | undefined;

  constructor(models: Session, log: Log) {
    this.#models = models;
    this.#log = log;
    this.#subscription = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      if (closed.length > 0 && !this.#preview.isOpen) this.#set(undefined);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#preview.dispose();
  }

  /** The files that would change. */
  get pending(): readonly string[] {
    return this.#pending?.changes.map(({ path }) => path) ?? [];
  }

  /**
   * Asks for changes, and shows them.
   * @param given the instruction. Defaults to asking for it.
   * @param uris the files. Defaults to that of the active editor.
   * @throws ModelError if no model can be used, or a file cannot be changed.
   */
  async start(given?: string, uris: readonly vscode.Uri[] = []): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const wanted = uris.length > 0 ? uris : editor === undefined ? [] : [editor.document.uri];
    if (wanted.length === 0) {
      void showInfo(t('Open the file to change.'));
      return;
    }
    const files = await openFiles(wanted);
    const instruction =
      given ?? (await askForText({ title: t('Edit Files with Local Model'), placeHolder: t('Add types') }));
    if (instruction === undefined || instruction.trim() === '') return;
    await this.#ask(instruction, files, uris.length > 0 ? undefined : editor);
  }

  /**
   * Changes the files, as one undo step. Open documents are not saved.
   * @throws ModelError if a file was changed since the model saw it, or cannot be changed.
   */
  async accept(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    const edit = new vscode.WorkspaceEdit();
    for (const change of pending.changes) {
      const file = pending.files.find(({ path }) => path === change.path);
      if (file === undefined) await create(edit, change);
      else replace(edit, file, change.lines);
    }
    if (!(await vscode.workspace.applyEdit(edit)))
      throw new ModelError('read-only', t('The files cannot be changed. Are they read-only?'));
    await this.discard();
    const [first] = pending.changes;
    if (first !== undefined) await vscode.window.showTextDocument(first.uri);
  }

  /** Ends the changes; no file was touched. */
  async discard(): Promise<void> {
    this.#set(undefined);
    await this.#preview.close();
  }

  async #ask(
    instruction: string,
    files: readonly OpenedFile[],
    editor: vscode.TextEditor | undefined,
  ): Promise<void> {
    const result = await withProgress(
      files.length === 1 ? t('Editing {0}…', files[0]?.path ?? '') : t('Editing {0} files…', files.length),
      async (progress, token) => {
        const signal = abortSignalOf(token);
        const ready = await this.#models.load(await this.#models.chosen('edit'), { signal });
        return requestFileEdits({ instruction, files, focus: focusOf(editor, files) }, ready, {
          signal,
          onProgress: (characters) => progress.report({ message: t('{0} characters', characters) }),
          onDropped: (what) => this.#log.warn(`Edit of files: left out of the prompt: ${isolated(what)}`),
        });
      },
    );
    if (result === undefined) return;
    const retry = (): void => {
      const uris = editor === undefined ? files.map(({ document }) => document.uri) : [];
      this.start(instruction, uris).catch((error: unknown) => showError(error, this.#log));
    };
    await this.#show(result.edits, files, retry);
  }

  async #show(edits: FileEditsResult, files: readonly OpenedFile[], retry: () => void): Promise<void> {
    if (edits.kind === 'unchanged') {
      void showInfo(t('The model sees nothing to change here.'));
      return;
    }
    if (edits.kind === 'refused') {
      showError(new ModelError('engine-error', edits.reason), this.#log, retry);
      return;
    }
    // New files come last.
    const ordered = [...edits.edits].sort((one, other) => Number(one.isNew) - Number(other.isNew));
    const changes = ordered.map((edit): FileChange => {
      const file = files.find(({ path }) => path === edit.path);
      return { ...edit, uri: file?.document.uri ?? newUri(edit.path, files) };
    });
    await this.#preview.close();
    await this.#preview.open(changes);
    this.#set({ files, changes });
    // Whoever asked does not wait for the user.
    this.#offer(changes, summary(changes, edits.notes)).catch((error: unknown) =>
      showError(error, this.#log),
    );
  }

  async #offer(changes: readonly FileChange[], message: Localized): Promise<void> {
    const [accept, discard] = [t('Accept'), t('Discard')];
    const picked = await showInfo(message, accept, discard);
    if (this.#pending?.changes !== changes) {
      if (picked === accept) void showInfo(t('These edits are not pending any more. Ask for them again.'));
      return;
    }
    if (picked === accept) await this.accept();
    if (picked === discard) await this.discard();
  }

  #set(pending: Pending | undefined): void {
    this.#pending = pending;
    void vscode.commands.executeCommand('setContext', FILES_PENDING, pending !== undefined);
  }
}

function summary(changes: readonly FileChange[], notes: readonly Localized[]): Localized {
  const created = changes.filter(({ isNew }) => isNew).length;
  const said =
    changes.length === 1
      ? t('The model would change {0}.', changes[0]?.path ?? '')
      : t('The model would change {0} files, {1} of them new.', changes.length, created);
  return notes.length === 0 ? said : t('{0} {1}', said, notes.join(' '));
}

/** @throws ModelError for files that cannot be changed or are too long. */
async function openFiles(uris: readonly vscode.Uri[]): Promise<OpenedFile[]> {
  const files: OpenedFile[] = [];
  let characters = 0;
  for (const uri of uris) {
    const document = await vscode.workspace.openTextDocument(uri);
    const path = vscode.workspace.asRelativePath(uri).replaceAll('\\', '/');
    if (uri.scheme === 'vscode-notebook-cell' || path.endsWith('.ipynb')) {
      const message = t(
        'The cells of {0} are edited one by one. Select lines of a cell, and edit those.',
        path,
      );
      throw new ModelError('read-only', message);
    }
    await requireWritable(document);
    const lines = linesOf(document, 0, document.lineCount);
    characters += lines.reduce((sum, line) => sum + line.length + 1, 0);
    const { languageId, version } = document;
    files.push({ document, version, path, lines, languageId, indentation: indentationOf(document) });
  }
  if (characters > MAX_CHARACTERS) {
    throw new ModelError(
      'context-overflow',
      t(
        'The files are too long for a model on this machine. Edit fewer files, or select lines and edit those.',
      ),
    );
  }
  return files;
}

/** The selection that the instruction is about. */
function focusOf(editor: vscode.TextEditor | undefined, files: readonly OpenedFile[]) {
  const file = files.find(({ document }) => document === editor?.document);
  if (editor === undefined || file === undefined || editor.selection.isEmpty) return undefined;
  const [first, last] = selectedLines(editor.selection);
  return { path: file.path, first: first + 1, last: last + 1 };
}

/** The place of a new file, whose path is relative like those that the model saw. */
function newUri(path: string, files: readonly OpenedFile[]): vscode.Uri {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [start = '', ...rest] = path.split('/');
  const named = folders.length > 1 ? folders.find(({ name }) => name === start) : undefined;
  if (named !== undefined && rest.length > 0) return vscode.Uri.joinPath(named.uri, ...rest);
  const beside = files.map(({ document }) => document.uri).find(({ scheme }) => scheme !== 'untitled');
  const folder = beside === undefined ? undefined : vscode.workspace.getWorkspaceFolder(beside);
  if (folder !== undefined) return vscode.Uri.joinPath(folder.uri, path);
  if (beside !== undefined) return vscode.Uri.joinPath(beside, '..', path);
  throw new ModelError(
    'no-subject',
    t('The model creates {0}, but there is no folder for it. Open one first.', path),
  );
}

/** @throws ModelError if there is such a file by now. */
async function create(edit: vscode.WorkspaceEdit, { uri, path, lines }: FileChange): Promise<void> {
  const isThere = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (isThere) throw new ModelError('engine-error', t('{0} exists already. Rename it, and try again.', path));
  const text = lines.at(-1) === '' ? lines.join('\n') : `${lines.join('\n')}\n`;
  edit.createFile(uri, { contents: new TextEncoder().encode(text) });
}

/** @throws ModelError if the document is not the one that the model saw. */
function replace(
  edit: vscode.WorkspaceEdit,
  { document, version, path, lines }: OpenedFile,
  fresh: readonly string[],
) {
  if (document.isClosed || document.version !== version) {
    throw new ModelError('engine-error', t('{0} was changed meanwhile. Ask for the edit again.', path));
  }
  const change = lineEdit(lines, fresh, {
    startLine: 0,
    lineCount: document.lineCount,
    lengthOf: (line) => document.lineAt(line).text.length,
    eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
  });
  if (change === undefined) return;
  const { startLine, startCharacter, endLine, endCharacter, text } = change;
  edit.replace(document.uri, new vscode.Range(startLine, startCharacter, endLine, endCharacter), text);
}
