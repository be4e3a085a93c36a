/** Changes of several places and files: one preview, one undo step, and nothing is written before Accept. */
import * as vscode from 'vscode';
import { type FileEditsResult, requestFileEdits } from '../../../assist/index.ts';
import { ModelError } from '../../../base/error.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { Log } from '../../../base/log.ts';
import type { Session } from '../../../session/index.ts';
import { FILES_PENDING, FILES_SHOWN } from '../../commands/when.ts';
import { acceptFileEdits, discardFileEdits } from '../../window/buttons.ts';
import { abortSignalOf } from '../../window/cancellation.ts';
import { showError } from '../../window/errors.ts';
import { warnOfOmission } from '../../window/log.ts';
import { askForText, type OpenMessage, openMessage, showInfo, withProgress } from '../../window/notify.ts';
import { isSameBlock } from '../editBlocks.ts';
import { ProposalNews } from '../proposalNews.ts';
import { chooseFile, chooseFileBlock } from './fileChoice.ts';
import { FilePreview } from './filePreview.ts';
import { focusOf, newUri, type OpenedFile, openFiles } from './openedFiles.ts';
import {
  blocksOf,
  type ChangePart,
  type ChangeRest,
  leave,
  type PendingChange,
  take,
} from './pendingChange.ts';
import { PendingFile } from './pendingFile.ts';

/** Changes that wait for the user. Files whose changes were all taken or left are not among them any more. */
interface Pending {
  changes: readonly PendingChange[];
  /** Sentences about the answer. */
  readonly notes: readonly Localized[];
  /** Tells about the changes as long as there are some. */
  readonly message: OpenMessage;
}

/** The changes of files of this window; one set of them at a time. */
export class FileEdits implements vscode.Disposable {
  readonly #models: Session;
  readonly #log: Log;
  readonly #preview = new FilePreview();
  readonly #news = new ProposalNews('ociModels.fileEdits', t('Edit Files with Local Model'));
  readonly #subscription: vscode.Disposable;
  #pending: Pending | undefined;
  #isShown = false;

  constructor(models: Session, log: Log) {
    this.#models = models;
    this.#log = log;
    const { tabGroups } = vscode.window;
    this.#subscription = vscode.Disposable.from(
      tabGroups.onDidChangeTabs(({ closed }) => {
        if (closed.length > 0 && !this.#preview.isOpen) this.#set(undefined);
        else this.#setShown();
      }),
      tabGroups.onDidChangeTabGroups(() => this.#setShown()),
    );
  }

  dispose(): void {
    this.#pending?.message.close();
    this.#subscription.dispose();
    this.#preview.dispose();
    this.#news.dispose();
  }

  /** The files that would change. */
  get pending(): readonly string[] {
    return this.#pending?.changes.map(({ file }) => file.path) ?? [];
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
   * Makes all changes that are left, as one undo step. Open documents are not saved.
   * @throws ModelError if a file was changed since the model saw it, or cannot be changed.
   */
  async accept(): Promise<void> {
    const changes = this.#pending?.changes ?? [];
    await this.#take(changes.map((change) => ({ change, blocks: blocksOf(change) })));
  }

  /** Makes the changes of one file; the others stay proposed. @throws ModelError as {@link FileEdits.accept}. */
  async acceptFile(): Promise<void> {
    const part = await this.#choose(chooseFile, t('Accept the Edits of Which File?'));
    if (part !== undefined) await this.#take([part]);
  }

  /** Makes the changes of one block; the others stay proposed. @throws ModelError as {@link FileEdits.accept}. */
  async acceptBlock(): Promise<void> {
    const part = await this.#choose(chooseFileBlock, t('Accept Which Block?'));
    if (part !== undefined) await this.#take([part]);
  }

  /** Leaves the changes of one file out. @throws ModelError if it was changed since the model saw it. */
  async rejectFile(): Promise<void> {
    const part = await this.#choose(chooseFile, t('Reject the Edits of Which File?'));
    if (part !== undefined) await this.#leave(part);
  }

  /** Leaves one block out. @throws ModelError if its file was changed since the model saw it. */
  async rejectBlock(): Promise<void> {
    const part = await this.#choose(chooseFileBlock, t('Reject Which Block?'));
    if (part !== undefined) await this.#leave(part);
  }

  async #choose(choose: typeof chooseFile, title: Localized): Promise<ChangePart | undefined> {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    const part = await choose(pending.changes, this.#preview, title);
    if (part === undefined) return undefined;
    // A list may have been open for long.
    const now = pending.changes.includes(part.change) ? blocksOf(part.change) : [];
    const isThere = part.blocks.every((block) => now.some((one) => isSameBlock(one, block)));
    if (this.#pending === pending && isThere) return part;
    void showInfo(t('The edit has changed meanwhile. Choose its blocks again.'));
    return undefined;
  }

  async #take(parts: readonly ChangePart[]): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    const rests = await take(parts);
    await this.#goOn(pending, rests);
    const [first, ...more] = rests;
    if (first === undefined) return;
    if (more.length > 0) this.#news.say(t('The edits of {0} files were accepted.', rests.length));
    else this.#news.accepted(first.change.file.path, first.left);
    if (pending.changes.length === 0) await vscode.window.showTextDocument(first.change.uri);
  }

  async #leave(part: ChangePart): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    const rest = leave(part);
    await this.#goOn(pending, [rest]);
    const { path, isTaken } = part.change.file;
    this.#news.rejected(path, rest.left, isTaken);
  }

  /** Shows what is left of the changes. */
  async #goOn(pending: Pending, rests: readonly ChangeRest[]): Promise<void> {
    const done = new Set(rests.filter(({ left }) => left.length === 0).map(({ change }) => change));
    pending.changes = pending.changes.filter((change) => !done.has(change));
    if (this.#pending !== pending) return;
    if (pending.changes.length === 0) await this.discard();
    else if (done.size > 0) {
      pending.message.show(summary(pending));
      await this.#preview.open(pending.changes);
    } else for (const { change } of rests) this.#preview.refresh(change);
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
          onDropped: (what) => warnOfOmission(this.#log, 'Edit of files', what),
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
    const changes = ordered.map((edit): PendingChange => {
      const opened = files.find(({ path }) => path === edit.path);
      const uri = opened?.document.uri ?? newUri(edit.path, files);
      return { uri, file: new PendingFile(edit, opened?.lines ?? []), document: opened?.document };
    });
    await this.#preview.open(changes);
    const message = openMessage(acceptFileEdits(), discardFileEdits());
    const pending = { changes, notes: edits.notes, message };
    this.#set(pending);
    message.show(summary(pending));
  }

  #set(pending: Pending | undefined): void {
    if (this.#pending !== pending) this.#pending?.message.close();
    this.#pending = pending;
    void vscode.commands.executeCommand('setContext', FILES_PENDING, pending !== undefined);
    this.#setShown();
  }

  #setShown(): void {
    const isShown = this.#pending !== undefined && this.#preview.isActive;
    if (isShown === this.#isShown) return;
    this.#isShown = isShown;
    void vscode.commands.executeCommand('setContext', FILES_SHOWN, isShown);
  }
}

function summary({ changes, notes }: Pending): Localized {
  const created = changes.filter(({ file }) => file.isNew).length;
  const said =
    changes.length === 1
      ? t('The model would change {0}.', changes[0]?.file.path ?? '')
      : t('The model would change {0} files, {1} of them new.', changes.length, created);
  return notes.length === 0 ? said : t('{0} {1}', said, notes.join(' '));
}
